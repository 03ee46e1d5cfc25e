import type { Scope } from '#backups/format/manifest'
import { readChoice } from '#cli/backup/restore-choice'
import type { RunArgs } from '#cli/backup/run-args'
import type { StandaloneSource } from '#cli/backup/source'
import { AppError } from '#platform/errors'

/** @returns undefined to back everything up @throws AppError USAGE */
export function readScope(args: RunArgs, rawArgs: readonly string[]): Scope | undefined {
  const choice = readChoice({ ...args, as: undefined }, rawArgs)
  if (!choice) return undefined
  const { tables = [], schemas = [], excluded = [] } = choice
  if (args.dest === undefined) throw usage('needs --source and --dest; a stack is backed up as a whole')
  if (args['config-only']) throw usage('chooses tables, and --config-only stores none')
  if (args.name === undefined) {
    throw usage('backs up part of a database, which needs its own name: add --name, such as --name shop-part')
  }
  if (tables.length > 0 && schemas.length > 0) {
    throw usage("takes either schemas or tables: write --table 'app.*' for the tables of a schema")
  }
  return { tables, schemas, excludeTables: excluded }
}

/** @throws AppError USAGE */
export function refuseSqliteScope(found: StandaloneSource | undefined, scope: Scope | undefined): void {
  if (found?.kind === 'sqlite' && scope) throw usage('works for Postgres only; a SQLite file is backed up as a whole')
}

function usage(why: string): AppError {
  return new AppError('USAGE', `--schema, --table or --exclude-table ${why}`)
}
