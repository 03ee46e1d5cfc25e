/**
 * Opens the archive that a workbook is. It trusts nothing that the archive declares: not its sizes, not its names, not
 * its number of entries.
 */
import { crc32 } from 'node:zlib'
import { type Entry, openPromise, type ZipFile } from 'yauzl'
import { AppError } from '#platform/errors'

export interface Archive {
  has: (name: string) => boolean
  /** @throws AppError FILE_DAMAGED when the entry is missing or its bytes are not those that were packed */
  read: (name: string) => AsyncGenerator<Buffer>
  close: () => void
}

const ENTRIES_MAX = 1_000
const UNPACKED_BYTES_MAX = 300 * 1024 * 1024
/** Sheets of one repeated row stay below it; a bomb needs more. */
const RATIO_MAX = 200
/** A smaller file is harmless, whatever its ratio. */
const RATIO_BYTES_MIN = 1024 * 1024
/** Stored and deflated: the standard allows no other. */
const PACKINGS = [0, 8]

/** @throws AppError FILE_DAMAGED, FILE_TOO_LARGE, FILE_FORMAT_UNSUPPORTED */
export async function openArchive(path: string): Promise<Archive> {
  const zip = await openPromise(path, { lazyEntries: true, autoClose: false }).catch((cause: unknown) => {
    throw explainDamage(cause)
  })
  try {
    const entries = await listEntries(zip)
    return {
      has: (name) => entries.has(name),
      read: (name) => readEntry(zip, entries.get(name), name),
      close: () => zip.close(),
    }
  } catch (thrown) {
    zip.close()
    throw explainDamage(thrown)
  }
}

async function listEntries(zip: ZipFile): Promise<Map<string, Entry>> {
  if (zip.entryCount > ENTRIES_MAX) throw new AppError('FILE_TOO_LARGE', `the workbook has more than 1,000 parts`)
  const entries = new Map<string, Entry>()
  let unpacked = 0
  for await (const entry of zip.eachEntry()) {
    if (entry.isEncrypted()) {
      throw new AppError(
        'FILE_FORMAT_UNSUPPORTED',
        'the archive has a password; save the workbook as .xlsx without one',
      )
    }
    if (entries.has(entry.fileName)) {
      throw new AppError('FILE_DAMAGED', `the workbook has the part ${entry.fileName.slice(0, 100)} twice`)
    }
    if (!PACKINGS.includes(entry.compressionMethod)) {
      throw new AppError(
        'FILE_FORMAT_UNSUPPORTED',
        'the archive is packed unlike a workbook; open it and save it as .xlsx',
      )
    }
    unpacked += entry.uncompressedSize
    const isBomb =
      entry.uncompressedSize > RATIO_BYTES_MIN && entry.uncompressedSize > RATIO_MAX * Math.max(1, entry.compressedSize)
    if (isBomb)
      throw new AppError('FILE_TOO_LARGE', `a part of the workbook unpacks to more than ${RATIO_MAX} times its size`)
    entries.set(entry.fileName, entry)
  }
  if (unpacked > UNPACKED_BYTES_MAX) throw new AppError('FILE_TOO_LARGE', 'the workbook unpacks to more than 300 MB')
  return entries
}

/** The archive's reader counts the bytes while it inflates them, and stops where the declared size ends. */
async function* readEntry(zip: ZipFile, entry: Entry | undefined, name: string): AsyncGenerator<Buffer> {
  if (!entry) throw new AppError('FILE_DAMAGED', `the workbook has no part ${name}`)
  let sum = 0
  try {
    for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
      sum = crc32(chunk, sum)
      yield chunk
    }
  } catch (thrown) {
    throw explainDamage(thrown)
  }
  if (sum !== entry.crc32) throw new AppError('FILE_DAMAGED', `the checksum of ${name} is wrong`)
}

function explainDamage(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown
  return new AppError('FILE_DAMAGED', 'the workbook is cut off or damaged', { cause: thrown })
}
