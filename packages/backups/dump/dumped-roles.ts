import type { DdlEntry } from '#backups/postgres/pg-dump-entries'
import { quoteName } from '#backups/postgres/quote'

/** A role's name in SQL. */
const ROLE = String.raw`(?:"(?:[^"]|"")*"|[^\s",;()]+)`
/** The statement that creates a role named by the dump: see `buildRolesSql`. */
const GUARD =
  /^DO LANGUAGE plpgsql E?'BEGIN IF NOT EXISTS \(SELECT FROM pg_catalog\.pg_roles WHERE .*? THEN EXECUTE E?''+CREATE ROLE (?<role>"(?:[^"]|"")*")''+; END IF; END';\n/gm
/** The entry's last statement; only settings for the next entry may follow it. */
const OWNER = new RegExp(
  String.raw`\nALTER [A-Z][A-Z ]* (?:"(?:[^"]|"")*"|[^";])+ OWNER TO (?<role>${ROLE});\n(?<after>(?:\s*SET default_\w+ = [^\n]*;\n)*\s*)$`,
)
const POLICY_ROLES = new RegExp(String.raw` TO (?<roles>${ROLE}(?:, ${ROLE})*)(?= USING| WITH CHECK|;)`)
const MAPPED = new RegExp(String.raw`^CREATE USER MAPPING FOR (?<role>${ROLE}) SERVER `, 'm')
/** One right that the object's owner granted or revoked. pg_dump writes other grantors' rights in their own names. */
const RIGHT = new RegExp(
  String.raw`^(?:SET SESSION AUTHORIZATION [^\n]*;\n)?(?:GRANT|REVOKE|ALTER DEFAULT PRIVILEGES FOR ROLE (?<of>${ROLE})) [^\n]* (?:TO|FROM) (?<role>${ROLE})(?: WITH GRANT OPTION)?;\n(?:RESET SESSION AUTHORIZATION;\n)?`,
  'gm',
)

/** Returns the roles that a dump creates when they are missing, quoted. */
export function readNamedRoles(preData: string): string[] {
  return [...preData.matchAll(GUARD)].map(({ groups }) => unescaped(groups?.['role'] ?? ''))
}

/** Returns the roles that own the dump's objects, quoted. */
export function readOwners(entries: DdlEntry[]): string[] {
  const owners = entries.map(({ sql }) => OWNER.exec(sql)?.groups?.['role'])
  return [...new Set(owners.flatMap((role) => (role === undefined ? [] : [quoted(role)])))]
}

export function removeGuards(preamble: string): string {
  return preamble.replace(GUARD, '')
}

/**
 * Rewrites an entry for a server that has only `roles` (quoted) and where the restoring role owns everything: removes
 * its owner and the rights of absent roles. Returns undefined for an entry about an absent role.
 */
export function removeOwner(entry: DdlEntry, roles: Set<string>): DdlEntry | undefined {
  const isThere = (role: string | undefined) => role === undefined || role === 'PUBLIC' || roles.has(quoted(role))
  const { type, sql } = entry
  if (type === 'POLICY') {
    const named = POLICY_ROLES.exec(sql)?.groups?.['roles']?.match(new RegExp(ROLE, 'g')) ?? []
    return named.every(isThere) ? entry : undefined
  }
  if (type === 'USER MAPPING') return isThere(MAPPED.exec(sql)?.groups?.['role']) ? entry : undefined
  if (type === 'DEFAULT ACL') return undefined // Default rights apply to objects that other roles will create.
  if (type === 'ACL') {
    return {
      ...entry,
      sql: sql.replace(RIGHT, (right, _of, role: string) => (isOwnRight(right) && isThere(role) ? right : '')),
    }
  }
  return { ...entry, sql: sql.replace(OWNER, '\n$<after>') }
}

function isOwnRight(right: string): boolean {
  return !right.startsWith('SET SESSION')
}

/**
 * Removes owners and rights, for comparing two copies that differ in them. Returns undefined when the entry holds
 * nothing else.
 */
export function removeRoles(entry: DdlEntry): DdlEntry | undefined {
  if (['ACL', 'DEFAULT ACL', 'POLICY', 'USER MAPPING'].includes(entry.type)) return undefined
  return { ...entry, sql: entry.sql.replace(/^(-- Name: .*; Owner: ).*$/m, '$1').replace(OWNER, '\n') }
}

const LARGE_OBJECT_ROLES =
  /^(?:ALTER LARGE OBJECT \d+ OWNER TO .*|(?:GRANT|REVOKE) .* ON LARGE OBJECT \d+ .*|(?:RE)?SET SESSION AUTHORIZATION.*);\n/gm

/** Returns the statements that create large objects, without owners and rights. */
export function removeLargeObjectRoles(sql: string): string {
  return sql.replace(LARGE_OBJECT_ROLES, '')
}

function quoted(role: string): string {
  return role.startsWith('"') ? role : quoteName(role)
}

/** The name is inside a literal within a literal. */
function unescaped(role: string): string {
  return role.replaceAll("''''", "'")
}
