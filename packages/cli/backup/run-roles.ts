import { randomBytes } from 'node:crypto'
import type { RolesWanted } from '#backups/dump/server-roles'
import type { RunArgs } from '#cli/backup/run-args'
import { AppError } from '#platform/errors'
import { readBackupConfig } from '#runtime/backup-config'

/** @throws AppError USAGE when there is no key to encrypt the passwords with */
export function readWantedRoles(args: RunArgs): RolesWanted | undefined {
  if (!args['role-passwords']) return args.roles ? { randomBytes } : undefined
  const { passphrase } = readBackupConfig(process.env, [])
  if (passphrase !== undefined) return { randomBytes, passphrase }
  throw new AppError('USAGE', '--role-passwords needs HUNTER_BACKUP_KEY to encrypt them')
}
