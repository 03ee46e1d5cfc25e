/**
 * What Hunter needs of S3, through the clients that it uses. The same suite runs against the embedded server and
 * against any endpoint; a server may lack a capability, and then says why.
 */
import { CreateBucketCommand } from '@aws-sdk/client-s3'
import { beforeAll, describe } from 'vitest'
import { describeConditions } from './conformance/conditions.ts'
import { describeCopies } from './conformance/copies.ts'
import { describeCors } from './conformance/cors.ts'
import { describeIntegrity } from './conformance/integrity.ts'
import { describeLifecycle } from './conformance/lifecycle.ts'
import { describeListing } from './conformance/listing.ts'
import { describeMultipart } from './conformance/multipart.ts'
import { describeObjects } from './conformance/objects.ts'
import { describePresigned } from './conformance/presigned.ts'
import { makeSuite, type Target } from './conformance/suite.ts'
import { describeTags } from './conformance/tags.ts'
import { describeVersions } from './conformance/versions.ts'

export function s3Conformance(target: Target): void {
  const groups = {
    objects: describeObjects,
    integrity: describeIntegrity,
    conditions: describeConditions,
    copies: describeCopies,
    'presigned requests': describePresigned,
    'pages of other origins': describeCors,
    tags: describeTags,
    'uploads in parts': describeMultipart,
    versions: describeVersions,
    listings: describeListing,
    'lifecycle rules': describeLifecycle,
  }
  for (const [name, describeGroup] of Object.entries(groups)) {
    describe(`S3 of ${target.name}: ${name}`, () => {
      const client = target.connect()
      const suite = makeSuite(target, client)
      beforeAll(() => client.send(new CreateBucketCommand({ Bucket: suite.bucket })))
      describeGroup(suite)
    })
  }
}
