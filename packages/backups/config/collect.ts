/** Backs up settings beside the data: collects, encrypts, archives and checks them, and unpacks them again. */
import { AppError, getErrorMessage } from '#platform/errors'
import type { BackupRef } from '#backups/store/catalog'
import { packArchive } from '#backups/config/archive'
import { type ConfigFile, readConfigFiles } from '#backups/config/files'
import { type ListParameters, readParameters } from '#backups/config/parameters'
import { createSeal } from '#backups/config/seal'
import { mayHoldSecrets } from '#backups/config/detect-secrets'
import type { ConfigEntry } from '#backups/format/manifest'
import { buildBackupKeys } from '#backups/format/object-keys'
import type { ObjectStore } from '#backups/store/object-store'
import { storeObject } from '#backups/store/write-object'

interface ConfigDeps {
  /** Base folder of relative names. */
  cwd: string
  randomBytes: (count: number) => Buffer
  listParameters: ListParameters
}

export interface ConfigInput {
  /** Files and folders. */
  files: string[]
  /** Parameter paths; each one includes everything below it. */
  parameters: string[]
  /** Encrypts every file. Without it, files that may hold secrets are left out. */
  passphrase?: string | undefined
}

/** Contents of the archive. */
export interface CollectedConfig {
  files: (ConfigFile & { isSealed: boolean; bytes: number })[]
  warnings: string[]
}

/** Suffix of an encrypted file's name. */
export const SEALED = '.sealed'

/**
 * Reads the settings. No file that may hold a secret leaves this function unencrypted. @throws AppError
 * CONFIG_UNAVAILABLE
 */
export async function collectConfig(deps: ConfigDeps, input: ConfigInput): Promise<CollectedConfig> {
  const { passphrase } = input
  const fromFiles = await readConfigFiles(deps, input.files)
  const hasKey = passphrase !== undefined
  const fromParameters = await readParameters(deps.listParameters, input.parameters, { hasKey })
  const files = [...fromFiles.files, ...fromParameters.files]
  const warnings = [...fromFiles.warnings, ...fromParameters.warnings]
  if (passphrase !== undefined) {
    const seal = await createSeal(passphrase, deps.randomBytes)
    const sealed = files.map(({ name, contents }) => {
      const archived = name + SEALED
      return { name: archived, contents: seal(archived, contents), isSealed: true, bytes: contents.length }
    })
    return { files: sealed, warnings }
  }
  const isSecret = (file: ConfigFile) => file.isSecret === true || mayHoldSecrets(file.name, file.contents)
  const secret = files.filter(isSecret)
  const left = secret.map(
    ({ name }) => `${name} was left out: it may contain secrets, and HUNTER_BACKUP_KEY is not set`,
  )
  const open = files.filter((file) => !secret.includes(file))
  return {
    files: open.map((file) => ({ ...file, isSealed: false, bytes: file.contents.length })),
    warnings: [...warnings, ...left],
  }
}

/** Stands in when the settings cannot be read, so that the run still stores its data. */
export function omitConfig(failure: unknown): CollectedConfig {
  return { files: [], warnings: [`the settings could not be read: ${getErrorMessage(failure)}`] }
}

/** Stores the archive. Returns undefined when there is no file and no warning. */
export async function writeConfig(
  { store }: { store: Pick<ObjectStore, 'startUpload'> },
  { source, id }: BackupRef,
  { files, warnings }: CollectedConfig,
): Promise<ConfigEntry | undefined> {
  if (files.length === 0) return warnings.length === 0 ? undefined : { files: [], warnings }
  const archive = await packArchive(files)
  const target = { key: buildBackupKeys(source, id).config, codec: 'gzip' } as const
  const { object } = await storeObject(store, target, one(archive))
  const described = files.map(({ name, bytes, isSealed }) => ({ name, bytes, encrypted: isSealed }))
  return { object, files: described.sort((a, b) => (a.name < b.name ? -1 : 1)), warnings }
}

/** @throws AppError BACKUP_FAILED when no file was stored */
export function requireSomeConfig({ files, warnings }: CollectedConfig): void {
  if (files.length > 0) return
  const why = warnings.length === 0 ? 'no files are named' : warnings.join('; ')
  throw new AppError('BACKUP_FAILED', `there are no settings to back up: ${why}`)
}

async function* one(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
