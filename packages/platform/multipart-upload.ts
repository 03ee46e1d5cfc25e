import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompletedPart,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  NoSuchUpload,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'

/** A multipart upload of a stream of unknown length. Nothing is readable before `complete`. */
export interface Upload {
  /** Resolves when there is room for more. */
  write(chunk: Buffer): Promise<void>
  complete(): Promise<{ versionId?: string | undefined }>
  /** Removes every part. Safe to call after any failure. */
  abort(): Promise<void>
}

interface UploadDeps {
  s3: S3Client
  bucket: string
}

const MIB = 1024 * 1024
const PARTS_IN_FLIGHT = 2
/** Time that a failed upload waits for parts in progress, and again for its abort: short enough before a deadline. */
const PARTS_END_MS = 3_000
const ABORT_MS = 10_000

/** Number of parts of each size. */
const SMALL_PARTS = 4_000
const MEDIUM_PARTS = 7_000
const PARTS_PER_DOUBLING = 300
/** S3's limit. */
const PART_BYTES_MAX = 5 * 1024 * MIB

/**
 * Returns the size of a part: 8 MiB up to 31 GiB and 16 MiB up to 78 GiB, so that two or three fit in memory; beyond
 * that it keeps doubling, since the largest object, 5 TiB, may have only 10,000 parts.
 */
export function computePartBytes(partNumber: number): number {
  if (partNumber <= SMALL_PARTS) return 8 * MIB
  if (partNumber <= MEDIUM_PARTS) return 16 * MIB
  const doublings = Math.floor((partNumber - MEDIUM_PARTS - 1) / PARTS_PER_DOUBLING)
  return Math.min(32 * MIB * 2 ** doublings, PART_BYTES_MAX)
}

export async function startUpload(
  { s3, bucket }: UploadDeps,
  { key, contentType }: { key: string; contentType: string },
): Promise<Upload> {
  const created = await s3.send(
    new CreateMultipartUploadCommand({
      Bucket: bucket,
      Key: key,
      ContentType: contentType,
      ChecksumAlgorithm: 'CRC32',
    }),
  )
  const target = { Bucket: bucket, Key: key, UploadId: created.UploadId }
  const parts: CompletedPart[] = []
  const inFlight = new Set<Promise<void>>()
  const cutting = new AbortController()
  let held: Buffer[] = []
  let heldBytes = 0
  let sentBytes = 0
  let nextPart = 1
  let failure: unknown

  async function send(partNumber: number, body: Buffer): Promise<void> {
    const { ETag, ChecksumCRC32 } = await s3.send(
      new UploadPartCommand({ ...target, PartNumber: partNumber, Body: body, ChecksumAlgorithm: 'CRC32' }),
      { abortSignal: cutting.signal },
    )
    parts[partNumber - 1] = { PartNumber: partNumber, ETag, ChecksumCRC32 }
  }

  /** The promise never rejects: the next call throws the failure. */
  function startPart(): void {
    const part = send(nextPart, Buffer.concat(held, heldBytes))
      .catch((error: unknown) => void (failure ??= error))
      .finally(() => inFlight.delete(part))
    inFlight.add(part)
    sentBytes += heldBytes
    nextPart += 1
    held = []
    heldBytes = 0
  }

  async function write(chunk: Buffer): Promise<void> {
    if (failure) throw failure
    held.push(chunk)
    heldBytes += chunk.length
    if (heldBytes < computePartBytes(nextPart)) return
    while (inFlight.size >= PARTS_IN_FLIGHT) await Promise.race(inFlight)
    if (failure) throw failure
    startPart()
  }

  async function complete(): Promise<{ versionId?: string | undefined }> {
    if (heldBytes > 0 || nextPart === 1) startPart()
    await Promise.all(inFlight)
    if (failure) throw failure
    try {
      const done = await s3.send(new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts: parts } }))
      // Some servers send an error with status 200 and a line break, which the client does not recognise as an error.
      if (done.ETag === undefined) throw new Error('the server did not confirm that the upload is complete')
      return { versionId: done.VersionId }
    } catch (error) {
      if (error instanceof NoSuchUpload) return findCompleted(error)
      throw error
    }
  }

  /** The client repeats a completion whose answer was lost; the upload no longer exists by then. */
  async function findCompleted(failure: NoSuchUpload): Promise<{ versionId?: string | undefined }> {
    const found = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key })).catch(() => undefined)
    if (found?.ContentLength !== sentBytes) throw failure // Only this upload writes the key.
    return { versionId: found.VersionId }
  }

  /** Waits for parts in progress first: one that arrives after the abort would stay in the bucket. */
  async function abort(): Promise<void> {
    failure ??= new Error('the upload was aborted')
    held = []
    const late = setTimeout(() => cutting.abort(), PARTS_END_MS)
    await Promise.all(inFlight)
    clearTimeout(late)
    await s3
      .send(new AbortMultipartUploadCommand(target), { abortSignal: AbortSignal.timeout(ABORT_MS) })
      .catch((error: unknown) => {
        if (!(error instanceof NoSuchUpload)) throw error
      })
  }

  return { write, complete, abort }
}
