/** The options of `hunter backup run`. */
import { checkTags } from '#backups/operations/notes'
import type { SeriesOverrides } from '#backups/operations/series'
import { allowClockSkewArg, jsonArg, scratchArg } from '#cli/backup/report'

export const runArgs = {
  source: {
    type: 'string',
    valueHint: 'postgres://…|sqlite:PATH',
    description:
      "What to back up, also as psql takes it: service=NAME, host=… dbname=… (default: the stack's database)",
  },
  dest: {
    type: 'string',
    valueHint: 'DIR|s3://…',
    description: "Where to: a folder or s3://bucket/prefix (default: the stack's bucket)",
  },
  name: { type: 'string', description: "With --dest, the name to keep it under (default: the database's)" },
  config: {
    type: 'string',
    valueHint: 'FILE,DIR',
    description: 'Settings to keep beside the data (default: HUNTER_BACKUP_CONFIG)',
  },
  'database-only': { type: 'boolean', description: 'Keep no settings' },
  'config-only': { type: 'boolean', description: 'Keep the settings alone' },
  compress: { type: 'boolean', default: true, description: 'gzip the data', negativeDescription: 'Store plain SQL' },
  roles: { type: 'boolean', description: "Keep the server's roles as well: attributes, settings and memberships" },
  'role-passwords': {
    type: 'boolean',
    description: 'The same with the hashes of their passwords, encrypted with HUNTER_BACKUP_KEY',
  },
  schema: {
    type: 'string',
    valueHint: 'PATTERN',
    description:
      'Only these schemas of a Postgres, under a --name of their own (* and ? as pg_dump has them); repeatable',
  },
  table: { type: 'string', valueHint: 'PATTERN', description: 'As --schema, only these tables; repeatable' },
  'exclude-table': {
    type: 'string',
    valueHint: 'PATTERN',
    description: 'As --schema, all but these tables (of those chosen); repeatable',
  },
  'allow-incomplete': {
    type: 'boolean',
    description: 'Back up what this role can read, and name the rest',
  },
  verify: {
    type: 'boolean',
    default: true,
    description: 'With --dest, prove the backup right away',
    negativeDescription: 'Leave the proof to "hunter backup verify"',
  },
  scratch: scratchArg,
  tag: { type: 'string', valueHint: 'TAG,TAG', description: 'Tags of the backup, by which "list --tag" finds it' },
  ping: {
    type: 'string',
    valueHint: 'URL',
    description: 'URL of a monitor, such as Healthchecks.io, that receives start, success and failure',
  },
  'allow-clock-skew': allowClockSkewArg,
  'same-database': {
    type: 'boolean',
    description: 'After a move: go on under the name of the backups that another server, database or file has there',
  },
  json: jsonArg,
} as const

export interface RunArgs {
  source?: string | undefined
  dest?: string | undefined
  name?: string | undefined
  config?: string | undefined
  'database-only'?: boolean | undefined
  'config-only'?: boolean | undefined
  roles?: boolean | undefined
  'role-passwords'?: boolean | undefined
  schema?: string | undefined
  table?: string | undefined
  'exclude-table'?: string | undefined
  'allow-incomplete'?: boolean | undefined
  compress: boolean
  verify: boolean
  scratch?: string | undefined
  tag?: string | undefined
  ping?: string | undefined
  'allow-clock-skew'?: boolean | undefined
  'same-database'?: boolean | undefined
  json?: boolean | undefined
}

/** @throws AppError USAGE */
export function parseTags({ tag }: Pick<RunArgs, 'tag'>): string[] {
  return tag === undefined ? [] : checkTags(tag.split(',').map((each) => each.trim()))
}

/** Warnings that the caller overrides for this one run. */
export function readOverrides(args: RunArgs): SeriesOverrides {
  return { allowClockSkew: args['allow-clock-skew'], sameDatabase: args['same-database'] }
}
