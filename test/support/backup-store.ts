import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3'
import { createObjectStore, type ObjectStore } from '#backups/store/object-store'
import { LOCAL_CREDENTIALS, startS3Server } from '#emulators/s3/server'
import type { Clock } from '#platform/clock'

export const BUCKET = 'hunter-backups'

export interface TestStore {
  url: string
  s3: S3Client
  store: ObjectStore
  /** Keys of uploads that were begun and neither completed nor aborted. */
  openUploads(): Promise<string[]>
  /** Lets the bucket's lifecycle rules do what they would have done by then. Returns the keys. */
  expireObjects(now: Date): Promise<string[]>
  close(): Promise<void>
}

/** An object store on a real S3 server with an empty bucket. */
export async function startTestStore(clock: Clock): Promise<TestStore> {
  const dir = await mkdtemp(join(tmpdir(), 'hunter-s3-'))
  const server = await startS3Server({ dir, buckets: [BUCKET], clock })
  const s3 = new S3Client({ endpoint: server.url, region: 'us-east-1', credentials: LOCAL_CREDENTIALS })
  return {
    url: server.url,
    s3,
    store: createObjectStore({ s3, bucket: BUCKET }),
    openUploads: async () => {
      const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }))
      return Uploads.map(({ Key = '' }) => Key)
    },
    expireObjects: async (now) => (await server.expireObjects(now)).map(({ key }) => key),
    close: async () => {
      s3.destroy()
      await server.close()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
