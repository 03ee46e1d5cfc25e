import { randomBytes } from 'node:crypto'
import { SSMClient } from '@aws-sdk/client-ssm'
import { type CollectedConfig, collectConfig } from '#backups/config'
import { parametersOf } from '#backups/config-parameters'
import { resourceIfLinked } from '#runtime/resources'
import { readSettings } from '#runtime/settings'

export interface BackupConfig {
  files: string[]
  parameters: string[]
  passphrase: string | undefined
}

/**
 * Which settings are kept beside a backup, and their key: the setting first, else the one that is linked. `defaults` are the files where none are named.
 * @throws AppError SETTING_INVALID that never holds a value
 */
export function readBackupConfig(env: Record<string, string | undefined>, defaults: string[]): BackupConfig {
  const key = env['HUNTER_BACKUP_KEY'] || resourceIfLinked('BackupKey')?.value
  const settings = readSettings({ ...env, HUNTER_BACKUP_KEY: key })
  const { HUNTER_BACKUP_CONFIG, HUNTER_BACKUP_PARAMETERS, HUNTER_BACKUP_KEY } = settings
  return {
    files: HUNTER_BACKUP_CONFIG ?? defaults,
    parameters: HUNTER_BACKUP_PARAMETERS,
    passphrase: HUNTER_BACKUP_KEY,
  }
}

/** Reads them, now. @throws AppError CONFIG_UNAVAILABLE */
export function collectBackupConfig(config: BackupConfig): Promise<CollectedConfig> {
  const listParameters = (path: string, secrets: 'decrypted' | 'left out') =>
    parametersOf(new SSMClient())(path, secrets)
  return collectConfig({ cwd: process.cwd(), randomBytes, listParameters }, config)
}
