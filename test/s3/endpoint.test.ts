import { setTimeout as wait } from 'node:timers/promises'
import { describe } from 'vitest'
import { s3Conformance } from './conformance.ts'
import { type Capability, clientFor } from './conformance/suite.ts'

/**
 * The same suite against another server:
 *
 *     S3_CONFORMANCE_ENDPOINT=http://127.0.0.1:7480 S3_CONFORMANCE_KEY=… S3_CONFORMANCE_SECRET=… \
 *       S3_CONFORMANCE_SERVER=ceph-rgw-16 S3_CONFORMANCE_DAY_SECONDS=10 vitest run test/s3/endpoint.test.ts
 */
const {
  S3_CONFORMANCE_ENDPOINT: endpoint,
  S3_CONFORMANCE_KEY: accessKeyId = '',
  S3_CONFORMANCE_SECRET: secretAccessKey = '',
  S3_CONFORMANCE_SERVER: server = '',
  S3_CONFORMANCE_DAY_SECONDS: daySeconds,
} = process.env

/** What servers are known not to do, with their own reasons. */
const KNOWN: Record<string, Partial<Record<Capability, string>>> = {
  'ceph-rgw-16': {
    checksums: 'knows no x-amz-checksum headers',
    'checksum-trailers': 'answers 411 to a body without Content-Length',
    'conditional-completes': 'replaces the object',
    'copy-directives': 'keeps no new tags and copies whatever the ETag',
    'delete-marker-405': 'answers 404',
    'erasing-in-pages': 'leaves versions out of the next page',
    'if-match-writes': 'answers 412 to an ETag that matches',
    'lifecycle-checks': 'answers MalformedXML',
    'lifecycle-shape': 'gives a lone And or Prefix back in another form',
    'multipart-codes': 'answers InternalError after an abort, and EntityTooSmall before it looks at the order',
    'multipart-tags': 'loses them',
    'parts-left-out': 'answers InvalidPart',
    'refuses-unknown': 'has retention, ACLs and encryption',
    'tag-checks': 'takes one name twice',
    'tags-keep-time': 'moves LastModified',
  },
}

describe.skipIf(!endpoint)('at S3_CONFORMANCE_ENDPOINT', () => {
  s3Conformance({
    name: server || 'another server',
    connect: clientFor(endpoint ?? '', { accessKeyId, secretAccessKey }),
    endpoint: endpoint ?? '',
    now: () => new Date(),
    lacks: {
      ...KNOWN[server],
      ...(daySeconds ? {} : { 'passing-days': 'S3_CONFORMANCE_DAY_SECONDS is not set' }),
    },
    // A server with days of its own length acts some time after a thing is due; the tests poll on from here.
    passDays: (days) => wait(days * Number(daySeconds) * 1000),
  })
})
