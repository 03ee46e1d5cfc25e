import { readdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { AppError, getErrorMessage } from '#platform/errors'
import { type ArchiveFile, unpackArchive } from '#backups/config/archive'
import { SEALED } from '#backups/config/collect'
import { createUnseal, SEAL_BYTES } from '#backups/config/seal'
import { makeFolders } from '#backups/store/make-folders'
import type { ConfigEntry } from '#backups/format/manifest'
import type { ObjectStore } from '#backups/store/object-store'
import { readObject } from '#backups/store/read-object'

type ReadStore = Pick<ObjectStore, 'read'>
type KeptFile = ArchiveFile & { isSealed: boolean }

/**
 * Reads the whole archive and decrypts every file that the key can open. @returns what could not be checked, if
 * anything @throws AppError BACKUP_DAMAGED
 */
export async function checkConfig(
  store: ReadStore,
  config: ConfigEntry,
  passphrase: string | undefined,
): Promise<string | undefined> {
  if (!config.object) return undefined
  const files = await readFiles(store, config)
  const sealed = files.filter(({ isSealed }) => isSealed)
  if (sealed.length === 0) return undefined
  if (passphrase === undefined) return 'encrypted files were not decrypted: there is no key'
  try {
    await openAll(sealed, passphrase)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'BACKUP_KEY_INVALID') throw error
    return 'encrypted files were not decrypted: another key encrypted them'
  }
  return undefined
}

/**
 * Writes the settings into a new or empty folder, so it never overwrites settings in use. @returns the file names,
 * relative to the folder @throws AppError RESTORE_TARGET_IN_USE, BACKUP_KEY_INVALID, BACKUP_DAMAGED, BACKUP_NOT_FOUND,
 * RESTORE_FAILED
 */
export async function restoreConfig(
  store: ReadStore,
  config: ConfigEntry | undefined,
  { dir, passphrase }: { dir: string; passphrase: string | undefined },
): Promise<string[]> {
  if (!config?.object) throw new AppError('BACKUP_NOT_FOUND', 'the backup holds no settings')
  const files = await openAll(await readFiles(store, config), passphrase)
  const folder = resolve(dir)
  try {
    await writeFiles(folder, files)
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('RESTORE_FAILED', `the settings cannot be written: ${getErrorMessage(cause)}`, { cause })
  }
  return files.map(({ name }) => name)
}

async function writeFiles(folder: string, files: ArchiveFile[]): Promise<void> {
  if ((await readdir(folder).catch(noneWhenMissing)).length > 0) {
    throw new AppError('RESTORE_TARGET_IN_USE', `the folder ${folder} is not empty`)
  }
  for (const { name, contents } of files) {
    const path = join(folder, ...name.split('/'))
    await makeFolders(dirname(path), 0o700)
    await writeFile(path, contents, { flag: 'wx', mode: 0o600, flush: true })
  }
}

/** Reads the archive's files and checks that the manifest names the same ones. */
async function readFiles(store: ReadStore, config: ConfigEntry): Promise<KeptFile[]> {
  const archive = config.object ? await buffer(readObject(store, config.object)) : Buffer.alloc(0)
  const files = await unpackArchive(archive)
  const found = files.map(({ name, contents }) => `${name} ${contents.length}`)
  const expected = config.files.map(({ name, bytes, encrypted }) => `${name} ${bytes + (encrypted ? SEAL_BYTES : 0)}`)
  const sealed = new Set(config.files.filter(({ encrypted }) => encrypted).map(({ name }) => name))
  if (found.sort().join('\n') === expected.sort().join('\n')) {
    return files.map((file) => ({ ...file, isSealed: sealed.has(file.name) }))
  }
  throw new AppError('BACKUP_DAMAGED', 'the files in the archive of the settings differ from those in its manifest')
}

async function openAll(files: KeptFile[], passphrase: string | undefined): Promise<ArchiveFile[]> {
  const unseal = passphrase === undefined ? undefined : createUnseal(passphrase)
  const opened: ArchiveFile[] = []
  for (const { name, contents, isSealed } of files) {
    if (!isSealed) opened.push({ name, contents })
    else if (unseal) opened.push({ name: name.slice(0, -SEALED.length), contents: await unseal(name, contents) })
    else throw new AppError('BACKUP_KEY_INVALID', `${name} is encrypted, and there is no key`)
  }
  return opened
}

function noneWhenMissing(error: unknown): string[] {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
  throw error
}
