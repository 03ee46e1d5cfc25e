import type { Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { parseBody } from '#api/http/validate'
import { withIdempotencyKey } from '#api/middleware/idempotency'
import { mountRoutes } from '#api/middleware/mount-routes'
import { uploadBody } from '#api/uploads/inputs'
import { uploadTable } from '#api/uploads/table'
import { runInTransaction } from '#db/transaction'
import type { NewKeyDeps } from '#keys/verify-key'
import type { TransferBucket } from '#transfers/bucket'

export interface UploadRouteDeps {
  keyDeps: NewKeyDeps
  newId: () => string
  openTransfers: () => Promise<TransferBucket>
}

/** The answer is the right to upload one file, so its copy for a repeated request is encrypted. */
export function createUploadRoutes({ keyDeps, newId, openTransfers }: UploadRouteDeps): Hono<ApiEnv> {
  return mountRoutes(uploadTable, {
    createUpload: async (c) => {
      const { db, clock, randomBytes } = keyDeps
      const { content_type: contentType } = await parseBody(c, uploadBody)
      const [bucket, uploads] = await Promise.all([openTransfers(), import('#transfers/uploads')])
      return withIdempotencyKey<{ id: string }, string>(
        c,
        { db, clock, newId, seal: keyDeps },
        {
          run: async (keep) => {
            const id = uploads.createUploadId(clock.now(), randomBytes)
            await runInTransaction(db, (tx) => keep(tx, { id }))
            return id
          },
          recall: async ({ id }) => id,
          answer: async (id) => {
            const place = await uploads.signUpload(bucket, { id, keyid: c.get('key').keyid, contentType })
            return sendData(c, place, { message: 'send the file to the url as multipart/form-data', status: 201 })
          },
        },
      )
    },
  })
}
