import { randomBytes } from 'node:crypto'
import { SSMClient } from '@aws-sdk/client-ssm'
import * as z from 'zod/mini'
import { type CollectedConfig, collectConfig } from '#backups/config'
import { parametersOf } from '#backups/config-parameters'
import { AppError } from '#platform/errors'

type Env = Record<string, string | undefined>

const list = z.pipe(
  z.string(),
  z.transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  ),
)

const schema = z.object({
  /** Files and folders, separated by commas. */
  HUNTER_BACKUP_CONFIG: z.optional(list),
  /** Paths of Systems Manager parameters, separated by commas. */
  HUNTER_BACKUP_PARAMETERS: z.optional(
    z.pipe(
      list,
      z.array(z.string().check(z.startsWith('/', 'must be paths such as /hunter/live, separated by commas'))),
    ),
  ),
  HUNTER_BACKUP_KEY: z.optional(z.string().check(z.minLength(16, 'must have 16 characters or more'))),
})

export interface BackupConfig {
  files: string[]
  parameters: string[]
  passphrase: string | undefined
}

/**
 * Which settings are kept beside a backup. `defaults` are the files where none are named; an empty setting counts as not set.
 * @throws AppError SETTING_INVALID that never holds a value
 */
export function readBackupConfig(env: Env, defaults: string[]): BackupConfig {
  const names = Object.keys(schema.shape)
  const given = Object.fromEntries(names.flatMap((name) => (env[name] ? [[name, env[name]]] : [])))
  const parsed = z.safeParse(schema, given)
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`)
    throw new AppError('SETTING_INVALID', problems.join('; '), { details: { problems } })
  }
  const { HUNTER_BACKUP_CONFIG, HUNTER_BACKUP_PARAMETERS, HUNTER_BACKUP_KEY } = parsed.data
  return {
    files: HUNTER_BACKUP_CONFIG ?? defaults,
    parameters: HUNTER_BACKUP_PARAMETERS ?? [],
    passphrase: HUNTER_BACKUP_KEY,
  }
}

/** Reads them, now. @throws AppError CONFIG_UNAVAILABLE */
export function collectBackupConfig(config: BackupConfig): Promise<CollectedConfig> {
  const listParameters = (path: string, secrets: 'decrypted' | 'left out') =>
    parametersOf(new SSMClient())(path, secrets)
  return collectConfig({ cwd: process.cwd(), randomBytes, listParameters }, config)
}
