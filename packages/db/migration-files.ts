/** A folder of migrations as data. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '#platform/errors'

export interface Migration {
  /** `NNNN_name`, which is also the order. */
  name: string
  up: string
  down: string
  /** SHA-256 over both files, in hex. */
  checksum: string
}

const UP = /^(\d{4}_[a-z0-9_]+)\.sql$/

/**
 * In order of their numbers.
 * @throws AppError MIGRATION_FAILED when a number is used twice, or a migration has no way down
 */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const files = await listed(folder)
  const names = files.flatMap((file) => UP.exec(file)?.[1] ?? []).sort()
  const twice = names.find((name, index) => name.slice(0, 4) === names[index - 1]?.slice(0, 4))
  if (twice) throw new AppError('MIGRATION_FAILED', `two migrations have the number ${twice.slice(0, 4)}`)
  return Promise.all(
    names.map(async (name) => {
      if (!files.includes(`${name}.down.sql`)) {
        throw new AppError('MIGRATION_FAILED', `migration ${name} has no ${name}.down.sql`)
      }
      const up = await readFile(join(folder, `${name}.sql`), 'utf8')
      const down = await readFile(join(folder, `${name}.down.sql`), 'utf8')
      return { name, up, down, checksum: createHash('sha256').update(up).update('\0').update(down).digest('hex') }
    }),
  )
}

async function listed(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (cause) {
    throw new AppError('MIGRATION_FAILED', 'the folder of migrations cannot be read', { cause })
  }
}
