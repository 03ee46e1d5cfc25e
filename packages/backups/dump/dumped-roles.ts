import type { DdlEntry } from '#backups/postgres/pg-dump-entries'
import { quoteName } from '#backups/postgres/quote'

/** A role as SQL writes it. */
const ROLE = String.raw`(?:"(?:[^"]|"")*"|[^\s",;()]+)`
/** The statement that makes a role that the dump names: see `rolesSql`. */
const GUARD =
  /^DO LANGUAGE plpgsql E?'BEGIN IF NOT EXISTS \(SELECT FROM pg_catalog\.pg_roles WHERE .*? THEN EXECUTE E?''+CREATE ROLE (?<role>"(?:[^"]|"")*")''+; END IF; END';\n/gm
/** The last statement, but for settings of the entry that follows. */
const OWNER = new RegExp(
  String.raw`\nALTER [A-Z][A-Z ]* (?:"(?:[^"]|"")*"|[^";])+ OWNER TO (?<role>${ROLE});\n(?<after>(?:\s*SET default_\w+ = [^\n]*;\n)*\s*)$`,
)
const POLICY_ROLES = new RegExp(String.raw` TO (?<roles>${ROLE}(?:, ${ROLE})*)(?= USING| WITH CHECK|;)`)
const MAPPED = new RegExp(String.raw`^CREATE USER MAPPING FOR (?<role>${ROLE}) SERVER `, 'm')
/** One right, given or taken by the object's owner; pg_dump writes what others gave in their name. */
const RIGHT = new RegExp(
  String.raw`^(?:SET SESSION AUTHORIZATION [^\n]*;\n)?(?:GRANT|REVOKE|ALTER DEFAULT PRIVILEGES FOR ROLE (?<of>${ROLE})) [^\n]* (?:TO|FROM) (?<role>${ROLE})(?: WITH GRANT OPTION)?;\n(?:RESET SESSION AUTHORIZATION;\n)?`,
  'gm',
)

/** The roles that a dump makes where they are missing, quoted. */
export function readNamedRoles(preData: string): string[] {
  return [...preData.matchAll(GUARD)].map(({ groups }) => unescaped(groups?.['role'] ?? ''))
}

/** The roles that its objects belong to, quoted. */
export function readOwners(entries: DdlEntry[]): string[] {
  const owners = entries.map(({ sql }) => OWNER.exec(sql)?.groups?.['role'])
  return [...new Set(owners.flatMap((role) => (role === undefined ? [] : [quoted(role)])))]
}

export function withoutGuards(preamble: string): string {
  return preamble.replace(GUARD, '')
}

/**
 * An entry for a server that has `roles` (quoted) and where all belongs to who restores it: without its owner, without
 * rights of others, and undefined when it is for a role that is not there.
 */
export function withoutOwner(entry: DdlEntry, roles: Set<string>): DdlEntry | undefined {
  const isThere = (role: string | undefined) => role === undefined || role === 'PUBLIC' || roles.has(quoted(role))
  const { type, sql } = entry
  if (type === 'POLICY') {
    const named = POLICY_ROLES.exec(sql)?.groups?.['roles']?.match(new RegExp(ROLE, 'g')) ?? []
    return named.every(isThere) ? entry : undefined
  }
  if (type === 'USER MAPPING') return isThere(MAPPED.exec(sql)?.groups?.['role']) ? entry : undefined
  if (type === 'DEFAULT ACL') return undefined // of objects that others will make
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

/** How two copies are compared of which one has other owners and rights: undefined where nothing else is in it. */
export function withoutRoles(entry: DdlEntry): DdlEntry | undefined {
  if (['ACL', 'DEFAULT ACL', 'POLICY', 'USER MAPPING'].includes(entry.type)) return undefined
  return { ...entry, sql: entry.sql.replace(/^(-- Name: .*; Owner: ).*$/m, '$1').replace(OWNER, '\n') }
}

const LARGE_OBJECT_ROLES =
  /^(?:ALTER LARGE OBJECT \d+ OWNER TO .*|(?:GRANT|REVOKE) .* ON LARGE OBJECT \d+ .*|(?:RE)?SET SESSION AUTHORIZATION.*);\n/gm

/** The statements that make large objects, without owners and rights. */
export function withoutLargeObjectRoles(sql: string): string {
  return sql.replace(LARGE_OBJECT_ROLES, '')
}

function quoted(role: string): string {
  return role.startsWith('"') ? role : quoteName(role)
}

/** A name stands in a literal within a literal. */
function unescaped(role: string): string {
  return role.replaceAll("''''", "'")
}
