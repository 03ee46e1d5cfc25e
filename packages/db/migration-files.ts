/** A folder of migrations as data. What cannot be run, undone or put in order is refused here, before anything runs. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#platform/errors'
import { splitStatements } from '#db/split-statements'

interface MigrationFile {
  sql: string
  /** false: the first line says so, and its statements run one by one, each on its own. */
  inTransaction: boolean
}

export interface Migration {
  /** `NNNN_name`, which is also the order. */
  name: string
  up: MigrationFile
  down: MigrationFile
  /** SHA-256 over both files, in hex. */
  checksum: string
}

/** First line of a file that holds what Postgres refuses inside a transaction, such as CREATE INDEX CONCURRENTLY. */
export const NO_TRANSACTION = '-- hunter: no transaction'

const FILE = /^(\d{4}_[a-z0-9_]+?)(\.down)?\.sql$/

/**
 * Reads the migrations in order of their numbers, which run from 0001 without a gap.
 * @throws AppError MIGRATION_INVALID that names the file
 */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const files = (await listFiles(folder)).filter((file) => file.endsWith('.sql')).sort()
  const stray = files.find((file) => !FILE.test(file))
  if (stray) throw createInvalidError(`${stray} is not named NNNN_name.sql or NNNN_name.down.sql`)
  const names = files.filter((file) => !file.endsWith('.down.sql')).map((file) => file.slice(0, -'.sql'.length))
  for (const [index, name] of names.entries()) {
    const number = name.slice(0, 4)
    if (number === names[index - 1]?.slice(0, 4)) throw createInvalidError(`two migrations have the number ${number}`)
    if (Number(number) !== index + 1)
      throw createInvalidError(`migration ${name} should have the number ${formatNumber(index + 1)}`)
    if (!files.includes(`${name}.down.sql`)) throw createInvalidError(`migration ${name} has no ${name}.down.sql`)
  }
  const orphan = files.find((file) => file.endsWith('.down.sql') && !files.includes(file.replace('.down.sql', '.sql')))
  if (orphan) throw createInvalidError(`${orphan} rolls back a migration that does not exist`)
  return Promise.all(names.map((name) => readMigration(folder, name)))
}

export function formatNumber(number: number): string {
  return String(number).padStart(4, '0')
}

async function readMigration(folder: string, name: string): Promise<Migration> {
  const [up, down] = await Promise.all([readSql(folder, `${name}.sql`), readSql(folder, `${name}.down.sql`)])
  const checksum = createHash('sha256').update(up.sql).update('\0').update(down.sql).digest('hex')
  return { name, up, down, checksum }
}

async function readSql(folder: string, file: string): Promise<MigrationFile> {
  const sql = await readFile(join(folder, file), 'utf8')
  const statements = splitStatements(sql)
  if (statements.length === 0) throw createInvalidError(`${file} has no statement`)
  const ends = statements.find((statement) => TRANSACTION_CONTROL.test(statement.sql))
  if (ends)
    throw createInvalidError(
      `${file} line ${ends.line}: remove this statement, because Hunter begins and ends the transaction`,
    )
  return { sql, inTransaction: sql.split('\n', 1)[0]?.trim() !== NO_TRANSACTION }
}

const TRANSACTION_CONTROL = /^(?:begin|commit|end|rollback|abort|start\s+transaction|savepoint|release)\b/i

async function listFiles(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (cause) {
    throw new AppError('MIGRATION_INVALID', 'the folder of migrations cannot be read', { cause })
  }
}

function createInvalidError(message: string): AppError {
  return new AppError('MIGRATION_INVALID', message)
}
