import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { extract, pack } from 'tar-stream'
import { AppError, getErrorMessage } from '#platform/errors'

export interface ArchiveFile {
  name: string
  contents: Buffer
}

/**
 * Packs a reproducible tar archive: entries are sorted and carry no times or owners, so it depends on names and
 * contents alone.
 */
export async function packArchive(files: ArchiveFile[]): Promise<Buffer> {
  const archive = pack()
  for (const { name, contents } of files.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
    archive.entry({ name, mode: 0o600, mtime: new Date(0), uid: 0, gid: 0, uname: '', gname: '' }, contents)
  }
  archive.finalize()
  return buffer(archive)
}

/**
 * @throws AppError BACKUP_DAMAGED when the bytes are no tar archive, or an entry is anything but a plain file below one
 * folder
 */
export async function unpackArchive(bytes: Buffer): Promise<ArchiveFile[]> {
  const entries = extract()
  Readable.from([bytes]).pipe(entries)
  const files: ArchiveFile[] = []
  try {
    for await (const entry of entries) {
      const { name, type } = entry.header
      entry.on('error', () => undefined) // The parser cuts off a refused entry; the refusal itself is thrown below.
      if (type !== 'file' || !isSafeName(name))
        throw damaged(`the archive contains an unexpected entry: ${JSON.stringify(name)} (${type})`)
      files.push({ name, contents: await buffer(entry) })
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw damaged(`the archive cannot be unpacked: ${getErrorMessage(cause)}`, cause)
  }
  return files
}

/** True when the path stays inside the folder it is unpacked into, on any operating system. */
export function isSafeName(name: string): boolean {
  if (/[\0\\]/.test(name) || /^[a-z]:/i.test(name)) return false
  return name.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
}

function damaged(message: string, cause?: unknown): AppError {
  return new AppError('BACKUP_DAMAGED', message, { cause })
}
