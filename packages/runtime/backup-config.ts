import { randomBytes } from 'node:crypto'
import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import { SSMClient } from '@aws-sdk/client-ssm'
import { type CatalogStore, readAnyManifest } from '#backups/store/catalog'
import { type CollectedConfig, collectConfig, SEALED } from '#backups/config/collect'
import { createParameterLister } from '#backups/config/parameters'
import { parseManifestKeyId } from '#backups/format/object-keys'
import { findResource } from '#runtime/resources'
import { readSettings } from '#runtime/settings'

export interface BackupConfig {
  files: string[]
  parameters: string[]
  passphrase: string | undefined
}

/**
 * Reads which settings a backup stores, and the key that encrypts them: the variable first, else the linked secret.
 * `defaults` are the files to store when none are named.
 * @throws AppError SETTING_INVALID, which never holds a value
 */
export function readBackupConfig(env: Record<string, string | undefined>, defaults: string[]): BackupConfig {
  const key = env['HUNTER_BACKUP_KEY'] || findResource('BackupKey')?.value
  const settings = readSettings({ ...env, HUNTER_BACKUP_KEY: key })
  const { HUNTER_BACKUP_CONFIG, HUNTER_BACKUP_PARAMETERS, HUNTER_BACKUP_KEY } = settings
  return {
    files: HUNTER_BACKUP_CONFIG ?? defaults,
    parameters: HUNTER_BACKUP_PARAMETERS,
    passphrase: HUNTER_BACKUP_KEY,
  }
}

/**
 * Returns the default files whose absence would be a loss: those that exist now or that the newest backup has. A laptop
 * that never had one gets no nightly warning about it.
 * @throws AppError STORAGE_UNAVAILABLE
 */
export async function findExpectedFiles(store: CatalogStore, source: string, defaults: string[]): Promise<string[]> {
  const expected: string[] = []
  for (const name of defaults) {
    const isThere = await access(resolve(name)).then(
      () => true,
      () => false,
    )
    if (isThere || (await wasKept(store, source, name))) expected.push(name)
  }
  return expected
}

async function wasKept(store: CatalogStore, source: string, name: string): Promise<boolean> {
  const newest = (await store.listKeys(`${source}/`)).map(parseManifestKeyId).filter((id) => id !== undefined)
  const id = newest.sort().at(-1)
  if (id === undefined) return false
  const manifest = await readAnyManifest(store, { source, id }).catch(() => undefined) // "list" reports what is wrong
  return manifest?.config?.files.some((file) => file.name === name || file.name === name + SEALED) ?? false
}

/** Reads the files and parameters as they are now. @throws AppError CONFIG_UNAVAILABLE */
export function collectBackupConfig(config: BackupConfig): Promise<CollectedConfig> {
  const listParameters = (path: string, secrets: 'decrypted' | 'left out') =>
    createParameterLister(new SSMClient())(path, secrets)
  return collectConfig({ cwd: process.cwd(), randomBytes, listParameters }, config)
}
