/** What the groups of the suite share: the server under test, a client and a bucket, and bytes to send. */
import { createCipheriv, createHash, randomUUID } from 'node:crypto'
import { CreateBucketCommand, GetObjectCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { it } from 'vitest'

export type Capability =
  | 'checksums' // x-amz-checksum-…: verified, kept, and given back
  | 'checksum-trailers' // streams with a trailing checksum, as the client sends them
  | 'conditional-completes' // If-None-Match: * on CompleteMultipartUpload
  | 'copy-directives' // new tags and conditions on copies
  | 'delete-marker-405' // reading a delete marker by its id
  | 'erasing-in-pages' // a page of versions that starts after an erased one
  | 'if-match-writes'
  | 'lifecycle-checks' // bad lifecycle rules are refused with S3's codes
  | 'lifecycle-shape' // rules come back as they were written
  | 'multipart-codes' // S3's own codes when an upload cannot be completed
  | 'multipart-tags' // tags given when an upload in parts begins
  | 'parts-left-out' // a completion may leave out parts that were sent
  | 'passing-days' // a test can let days pass, and the lifecycle rules act
  | 'refuses-unknown' // retention, ACLs and encryption answer 501
  | 'tag-checks' // one tag name twice is refused
  | 'tags-keep-time' // tagging does not move LastModified

export interface Target {
  name: string
  connect: (overrides?: S3ClientConfig) => S3Client
  endpoint: string
  /** The server's time. */
  now: () => Date
  /** Why a test is not run here. */
  lacks: Partial<Record<Capability, string>>
  /** Lets so many days pass and the lifecycle rules act. */
  passDays: (days: number) => Promise<void>
}

/** What each group gets: a client and a bucket of its own. */
export interface Suite {
  target: Target
  client: S3Client
  bucket: string
  /** `it` where the server has the capability; elsewhere a skipped test that says why. */
  needs: (capability: Capability) => (name: string, test: () => Promise<void>) => void
  makeBucket: () => Promise<string>
  read: (key: string, versionId?: string) => Promise<string>
}

export function makeSuite(target: Target, client: S3Client): Suite {
  const bucket = bucketName()
  return {
    target,
    client,
    bucket,
    needs: (capability) => (name, test) =>
      // oxlint-disable-next-line vitest/valid-title, vitest/expect-expect -- the test itself is the caller's
      it(name, async (context) => {
        const reason = target.lacks[capability]
        context.skip(reason !== undefined, reason)
        await test()
      }),
    makeBucket: async () => {
      const name = bucketName()
      await client.send(new CreateBucketCommand({ Bucket: name }))
      return name
    },
    read: async (key, versionId) => {
      const { Body } = await client.send(
        new GetObjectCommand({
          Bucket: bucket,
          Key: key,
          ...(versionId === undefined ? {} : { VersionId: versionId }),
        }),
      )
      return Body!.transformToString()
    },
  }
}

export function clientFor(endpoint: string, credentials: { accessKeyId: string; secretAccessKey: string }) {
  return (overrides: S3ClientConfig = {}) =>
    new S3Client({
      endpoint,
      credentials,
      region: 'us-east-1',
      forcePathStyle: true,
      maxAttempts: 1,
      logger: silent,
      ...overrides,
    })
}

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** Bytes that no compression or repetition makes look right by chance, the same for the same seed. */
export function noise(sizeBytes: number, seed = 'noise'): Buffer {
  const key = createHash('sha256').update(seed).digest()
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(sizeBytes))
}

const bucketName = () => `conformance-${randomUUID()}`

/** The client warns of what the tests do on purpose. */
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
