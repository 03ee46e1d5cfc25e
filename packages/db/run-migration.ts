/** Runs one file of a migration: whole in a transaction, or statement by statement where it says so. */
import { createHash } from 'node:crypto'
import type { Client } from 'pg'
import { recordApplied, appendHistory, readServerTime } from '#db/migration-history'
import type { Migration } from '#db/migration-files'
import { type Statement, splitStatements } from '#db/split-statements'
import { AppError, getErrorMessage } from '#platform/errors'

export interface MigrationLimits {
  /** How long a statement may wait for a lock; later sessions queue behind it. */
  lockTimeoutMs: number
  /** How long one statement may take. */
  statementTimeoutMs: number
}

interface Run {
  migration: Migration
  direction: 'up' | 'down'
  actor: string
  limits: MigrationLimits
}

/** @throws AppError MIGRATION_FAILED; the history keeps why */
export async function runMigration(client: Client, run: Run): Promise<void> {
  const { migration, direction, actor } = run
  const { name } = migration
  const startedAt = await readServerTime(client)
  const finish = async () => {
    await recordApplied(client, migration, direction)
    await appendHistory(client, { name, direction, actor, startedAt })
  }
  try {
    if (migration[direction].inTransaction) await runInOneTransaction(client, run, finish)
    else await runSteps(client, run, finish)
  } catch (thrown) {
    const what = direction === 'up' ? `migration ${name}` : `rolling back ${name}`
    const error = getErrorMessage(thrown)
    await appendHistory(client, { name, direction, actor, startedAt, error }).catch(() => undefined) // the first error counts
    throw new AppError('MIGRATION_FAILED', `${what} failed: ${error}`, { cause: thrown })
  }
}

async function runInOneTransaction(client: Client, run: Run, finish: () => Promise<void>): Promise<void> {
  await client.query('begin')
  try {
    await setLimits(client, run.limits)
    await client.query(run.migration[run.direction].sql)
    await finish()
    await client.query('commit')
  } catch (thrown) {
    await client.query('rollback').catch(() => undefined) // a lost connection rolls back by itself
    throw thrown
  }
}

/** What is done stays done: the next try goes on with the statement that failed. */
async function runSteps(client: Client, run: Run, finish: () => Promise<void>): Promise<void> {
  const { migration, direction, limits } = run
  const steps = await readSteps(client, run)
  for (const [number, statement] of splitStatements(migration[direction].sql).entries()) {
    const hash = createHash('sha256').update(statement.sql).digest('hex')
    const known = steps.get(number)
    if (known?.isDone) {
      if (known.hash === hash) continue
      throw new Error(`line ${statement.line}: this statement has changed since it ran`)
    }
    await recordStep(client, run, number, hash)
    const isConcurrent = /\bconcurrently\b/i.test(statement.sql)
    // it blocks no other session while it waits for older transactions to end
    await setLimits(client, isConcurrent ? { ...limits, lockTimeoutMs: 0 } : limits)
    if (!known || !(await isDoneAlready(client, statement))) await runStep(client, statement)
    await setLimits(client, limits)
    await client.query(`update hunter_migration_steps set finished_at = clock_timestamp() ${WHERE}`, [
      ...listKeyParts(run),
      number,
    ])
  }
  await client.query('begin')
  await finish()
  await client.query('delete from hunter_migration_steps where name = $1 and direction = $2', listKeyParts(run))
  await client.query('commit')
}

const WHERE = 'where name = $1 and direction = $2 and step = $3'
const listKeyParts = ({ migration, direction }: Run) => [migration.name, direction]

async function readSteps(client: Client, run: Run): Promise<Map<number, { hash: string; isDone: boolean }>> {
  const { rows } = await client.query<{ step: number; hash: string; isDone: boolean }>(
    `select step, statement_sha256 as hash, finished_at is not null as "isDone"
       from hunter_migration_steps where name = $1 and direction = $2`,
    listKeyParts(run),
  )
  return new Map(rows.map(({ step, ...rest }) => [step, rest]))
}

async function recordStep(client: Client, run: Run, number: number, hash: string): Promise<void> {
  await client.query(
    `insert into hunter_migration_steps (name, direction, step, statement_sha256) values ($1, $2, $3, $4)
     on conflict (name, direction, step) do update set statement_sha256 = excluded.statement_sha256`,
    [...listKeyParts(run), number, hash],
  )
}

async function runStep(client: Client, { sql, line }: Statement): Promise<void> {
  await dropInvalidIndex(client, sql)
  try {
    await client.query(sql)
  } catch (thrown) {
    await dropInvalidIndex(client, sql).catch(() => undefined) // the next try does it
    throw new Error(`line ${line}: ${getErrorMessage(thrown)}`, { cause: thrown })
  }
}

const NAME = String.raw`((?:"(?:[^"]|"")+"|[\w.])+)`
const CREATE_INDEX = new RegExp(
  `^create\\s+(?:unique\\s+)?index\\s+concurrently\\s+(?:if\\s+not\\s+exists\\s+)?${NAME}`,
  'i',
)
const DROP_INDEX = new RegExp(`^drop\\s+index\\s+concurrently\\s+(?:if\\s+exists\\s+)?${NAME}`, 'i')

/** The process may have died after the statement and before the note about it. */
async function isDoneAlready(client: Client, { sql }: Statement): Promise<boolean> {
  const [, created] = CREATE_INDEX.exec(sql) ?? []
  if (created !== undefined) return (await isValidIndex(client, created)) === true
  const [, dropped] = DROP_INDEX.exec(sql) ?? []
  return dropped !== undefined && (await isValidIndex(client, dropped)) === undefined
}

/** A failed CREATE INDEX CONCURRENTLY leaves an index that slows writes and that no query uses. */
async function dropInvalidIndex(client: Client, sql: string): Promise<void> {
  const [, name] = CREATE_INDEX.exec(sql) ?? []
  if (name !== undefined && (await isValidIndex(client, name)) === false) {
    await client.query(`drop index concurrently ${name}`)
  }
}

/** undefined: there is no such index. */
async function isValidIndex(client: Client, name: string): Promise<boolean | undefined> {
  const { rows } = await client.query<{ valid: boolean }>(
    'select indisvalid as valid from pg_index where indexrelid = to_regclass($1)',
    [name],
  )
  return rows[0]?.valid
}

/** Sets the limits of the current transaction, or of the session outside one. */
async function setLimits(client: Client, { lockTimeoutMs, statementTimeoutMs }: MigrationLimits): Promise<void> {
  await client.query(`set lock_timeout = ${lockTimeoutMs}; set statement_timeout = ${statementTimeoutMs}`)
}
