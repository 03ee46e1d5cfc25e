import type { DdlEntry } from '#backups/ddl-entries'
import type { Majors } from '#backups/portable'

/** Servers print stored queries from their parse trees, and each major version a little otherwise. */
const PRINTED_BY_SERVER = new Set(['VIEW', 'MATERIALIZED VIEW', 'RULE', 'POLICY', 'FUNCTION', 'PROCEDURE', 'TRIGGER'])

export function compareEntries(expected: DdlEntry[], copied: DdlEntry[], { source, target }: Majors) {
  const sameServer = source === target
  const differences: string[] = []
  const byNameOnly: string[] = []
  const left = Map.groupBy(expected, labelOf)
  const right = Map.groupBy(source < MULTIRANGES_SINCE ? copied.map(withoutMultirange) : copied, labelOf)
  for (const label of new Set([...left.keys(), ...right.keys()])) {
    const before = textsOf(left.get(label))
    const after = textsOf(right.get(label))
    if (before.join('\n') === after.join('\n')) continue
    const isPrinted = PRINTED_BY_SERVER.has(left.get(label)?.[0]?.type ?? '')
    if (!sameServer && isPrinted && before.length === after.length) byNameOnly.push(label)
    else if (after.length < before.length) differences.push(`${label} is missing`)
    else if (after.length > before.length) differences.push(`${label} is new`)
    else differences.push(`${label} differs`)
  }
  return { differences, byNameOnly }
}

function labelOf({ type, schema, name }: DdlEntry): string {
  return `${type} ${schema}.${name}`
}

/**
 * Settings that pg_dump changes on the way belong to no entry. Nor does the owner over rights: an object has its owner
 * in its own entry, and one of the system belongs to the server's superuser, whatever that is called there.
 */
function textsOf(entries: DdlEntry[] = []): string[] {
  return entries
    .map(({ type, sql }) => (type === 'ACL' ? sql.replace(/^(-- Name: .*; Owner: ).*$/m, '$1') : sql))
    .map((sql) => sql.replaceAll(/^SET default_\w+ = .*;$/gm, '').trim())
    .sort()
}

/** Since this version each type of ranges has one of multiranges, with a name: a copy there of an older one gets them. */
const MULTIRANGES_SINCE = 14

function withoutMultirange(entry: DdlEntry): DdlEntry {
  return entry.type === 'TYPE'
    ? { ...entry, sql: entry.sql.replace(/,\n {4}multirange_type_name = [^\n]*?(?=,?\n)/, '') }
    : entry
}
