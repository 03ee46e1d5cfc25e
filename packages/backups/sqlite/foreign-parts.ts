/**
 * Names what a database file needs from the application that made it: functions, collations and modules that no other
 * program has.
 */
import type { DatabaseSync } from 'node:sqlite'
import { AppError, getErrorMessage } from '#platform/errors'
import { quoteName } from '#backups/postgres/quote'

interface Need {
  what: string
  /** SQLite's message for a missing name. */
  said: RegExp
  /** Text before and after the name where it is used. */
  before: string
  after: string
}

const QUOTE = '["\'`\\[\\]]?'
const NEEDS: Need[] = [
  { what: 'collation', said: /^no such collation sequence: (?<name>.+)$/, before: 'COLLATE\\s+', after: '' },
  { what: 'function', said: /^(?:no such|unknown) function: (?<name>.+?)(?:\(\))?$/, before: '', after: '\\s*\\(' },
  { what: 'tokenizer', said: /^no such tokenizer: (?<name>.+)$/, before: 'tokenize\\s*=\\s*', after: '' },
]

/** Names what is missing and what needs it. @returns undefined when the error has another cause */
export function explainForeignParts(db: DatabaseSync, path: string, cause: unknown): AppError | undefined {
  const text = getErrorMessage(cause)
  const said = text === 'SQL logic error' ? (failureOfVirtualTables(db) ?? text) : text
  for (const { what, said: pattern, before, after } of NEEDS) {
    const name = pattern.exec(said)?.groups?.['name']
    if (name === undefined) continue
    const usage = new RegExp(`${before}${QUOTE}(?<!\\w)${RegExp.escape(name)}(?!\\w)${QUOTE}${after}`, 'i')
    const users = readSchema(db).filter(({ sql }) => usage.test(sql))
    const named = users.map((user) => `${user.type} ${user.name}`).join(', ')
    const message = `${path} uses the ${what} ${name}, which its own application defines and SQLite does not have: ${named}`
    const remedy =
      'drop what the application can create again, such as an index, or let the application write a copy without it'
    return new AppError('BACKUP_UNSUPPORTED', `${message}; ${remedy}`, {
      cause,
      details: { what, name, objects: named },
    })
  }
  return undefined
}

function readSchema(db: DatabaseSync): { type: string; name: string; sql: string }[] {
  const rows = db.prepare('SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type DESC, name')
  return rows.all() as { type: string; name: string; sql: string }[]
}

/** A check of all tables reports only that something is wrong; querying a full-text table reports what. */
function failureOfVirtualTables(db: DatabaseSync): string | undefined {
  for (const { name, sql } of readSchema(db)) {
    if (!/^CREATE VIRTUAL TABLE/i.test(sql)) continue
    try {
      db.prepare(`SELECT 1 FROM ${quoteName(name)} WHERE ${quoteName(name)} MATCH 'a'`).get()
    } catch (error) {
      if (getErrorMessage(error).startsWith('no such tokenizer')) return getErrorMessage(error)
    }
  }
  return undefined
}
