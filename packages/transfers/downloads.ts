/** Files that callers download: written in parts, and read by a signed address. */
import { TRANSFERS } from '#deployment/transfers'
import { startUpload } from '#platform/multipart-upload'
import { createSigner, findAddress, talk, type TransferBucket } from '#transfers/bucket'
import { encodeKey, presignUrl } from '#transfers/presign'

/** A program that follows the redirect needs seconds. */
const LIFE_S = 5 * 60

interface DownloadSpec {
  /** A new one for each file. */
  id: string
  type: string
  /** The Content-Disposition of the answer that S3 gives. */
  disposition: string
  /** The address takes this method alone. */
  method: 'GET' | 'HEAD'
}

export interface Download {
  write: (chunk: Buffer) => Promise<void>
  /** Returns the address of the file, which lives five minutes. */
  finish: () => Promise<string>
  /** Leaves nothing behind. */
  abort: () => Promise<void>
}

/** @throws AppError STORAGE_UNAVAILABLE, as all that it returns */
export async function startDownload(
  bucket: TransferBucket,
  { id, type, disposition, method }: DownloadSpec,
): Promise<Download> {
  const key = TRANSFERS.exports.prefix + id
  const upload = await talk(() => startUpload({ s3: bucket.uploader, bucket: bucket.name }, { key, contentType: type }))

  async function finish(): Promise<string> {
    await talk(() => upload.complete())
    const [address, signer] = await Promise.all([findAddress(bucket), createSigner(bucket, bucket.clock.now())])
    const query = { 'response-content-disposition': disposition, 'response-cache-control': 'no-store' }
    return presignUrl(signer, new URL(`${address}/${encodeKey(key)}`), { method, lifeS: LIFE_S, query })
  }

  return { write: (chunk) => talk(() => upload.write(chunk)), finish, abort: () => talk(() => upload.abort()) }
}
