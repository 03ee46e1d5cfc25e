import type { Client } from 'pg'
import * as z from 'zod/mini'
import { AppError } from '#platform/errors'
import { createUnseal } from '#backups/config/seal'
import { applyWhatFits, buildSettingSql } from '#backups/postgres/database-properties'
import type { KeptRoles, Manifest } from '#backups/format/manifest'
import { PASSWORDS } from '#backups/dump/server-roles'
import { openSession } from '#backups/postgres/session'
import { quoteName, quoteText } from '#backups/postgres/quote'

const hashes = z.record(z.string(), z.string())

/** Returns the backup's roles that a server lacks. @throws AppError BACKUP_NOT_FOUND when the backup has no roles */
export async function findMissingRoles(session: Client, { roles, id }: Manifest): Promise<string[]> {
  if (!roles) throw new AppError('BACKUP_NOT_FOUND', `${id} has no roles: "backup run --roles" saves them`)
  const { rows } = await session.query<{ name: string }>('SELECT rolname AS name FROM pg_catalog.pg_roles')
  const present = new Set(rows.map(({ name }) => name))
  return roles.roles.map(({ name }) => name).filter((name) => !present.has(name))
}

/**
 * Creates the roles that the server lacks, with their attributes, settings and memberships. An existing role stays as
 * it is and gets no membership. @returns what was created, and what the server refused @throws AppError
 * BACKUP_NOT_FOUND, BACKUP_KEY_INVALID, BACKUP_DAMAGED
 */
export async function restoreRoles(
  databaseUrl: string,
  manifest: Manifest,
  passphrase: string | undefined,
): Promise<string[]> {
  const session = await openSession(databaseUrl)
  try {
    const missing = new Set(await findMissingRoles(session, manifest))
    const { roles, memberships, passwords } = manifest.roles as KeptRoles
    const known = await openPasswords(passwords, passphrase)
    const made = roles.filter(({ name }) => missing.has(name))
    const { rows } = await session.query<{ major: number }>(
      `SELECT pg_catalog.current_setting('server_version_num')::int / 10000 AS major`,
    )
    const refused = await applyWhatFits(session, [
      ...made.flatMap((role) => roleSql(role, known?.[role.name])),
      ...memberships
        .filter(({ member }) => missing.has(member))
        .map((each) => membershipSql(each, rows[0]?.major ?? 0)),
    ])
    return [
      ...(made.length === 0 ? [] : [`roles were created: ${made.map(({ name }) => name).join(', ')}`]),
      ...(passwords !== undefined && !known ? ['their passwords were not set: there is no key to decrypt them'] : []),
      ...refused.map(withoutHash),
    ]
  } finally {
    await session.end()
  }
}

async function openPasswords(
  sealed: string | undefined,
  passphrase: string | undefined,
): Promise<Record<string, string> | undefined> {
  if (sealed === undefined || passphrase === undefined) return undefined
  const text = await createUnseal(passphrase)(PASSWORDS, Buffer.from(sealed, 'base64'))
  return z.parse(hashes, JSON.parse(text.toString()))
}

function roleSql(
  { name, attributes, connectionLimit, validUntil, settings, comment }: KeptRoles['roles'][number],
  hash?: string,
) {
  const role = quoteName(name)
  const words = [
    `CREATE ROLE ${role} ${attributes} CONNECTION LIMIT ${connectionLimit}`,
    ...(validUntil === null ? [] : [`VALID UNTIL ${quoteText(validUntil)}`]),
    ...(hash === undefined ? [] : [`PASSWORD ${quoteText(hash)}`]),
  ]
  return [
    words.join(' '),
    ...settings.map((setting) => `ALTER ROLE ${role} SET ${buildSettingSql(setting)}`),
    ...(comment === null ? [] : [`COMMENT ON ROLE ${role} IS ${quoteText(comment)}`]),
  ]
}

const OPTIONS_SINCE = 16

function membershipSql(
  { role, member, admin, inherit, set }: KeptRoles['memberships'][number],
  serverMajor: number,
): string {
  const grant = `GRANT ${quoteName(role)} TO ${quoteName(member)}`
  if (serverMajor < OPTIONS_SINCE || inherit === null || set === null)
    return admin ? `${grant} WITH ADMIN OPTION` : grant
  return `${grant} WITH ADMIN ${admin}, INHERIT ${inherit}, SET ${set}`
}

/** Removes the password hash from a refused statement before it is shown. */
function withoutHash(refused: string): string {
  return refused.replace(/ PASSWORD '(?:[^']|'')*'/, ' PASSWORD …')
}
