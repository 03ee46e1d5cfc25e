import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { extract, pack } from 'tar-stream'
import { AppError, messageOf } from '#platform/errors'

export interface ArchiveFile {
  name: string
  contents: Buffer
}

/** A tar archive that depends on nothing but names and contents: sorted, no times, no owners. */
export async function packArchive(files: ArchiveFile[]): Promise<Buffer> {
  const archive = pack()
  for (const { name, contents } of files.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
    archive.entry({ name, mode: 0o600, mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' }, contents)
  }
  archive.finalize()
  return buffer(archive)
}

/** @throws AppError BACKUP_DAMAGED when it is no archive, or names anything but plain files below one folder */
export async function unpackArchive(bytes: Buffer): Promise<ArchiveFile[]> {
  const entries = extract()
  Readable.from([bytes]).pipe(entries)
  const files: ArchiveFile[] = []
  try {
    for await (const entry of entries) {
      const { name, type } = entry.header
      entry.on('error', () => undefined) // one that is refused is cut off, and the refusal is thrown here
      if (type !== 'file' || !isSafeName(name)) throw damaged(`the archive names ${JSON.stringify(name)} (${type})`)
      files.push({ name, contents: await buffer(entry) })
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw damaged(`the archive does not unpack: ${messageOf(cause)}`, cause)
  }
  return files
}

/** Nothing that leads out of the folder it is unpacked into, on any system. */
export function isSafeName(name: string): boolean {
  if (/[\0\\]/.test(name) || /^[a-z]:/i.test(name)) return false
  return name.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}

function damaged(message: string, cause?: unknown): AppError {
  return new AppError('BACKUP_DAMAGED', message, { cause })
}
