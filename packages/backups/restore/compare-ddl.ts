import type { DdlEntry } from '#backups/postgres/pg-dump-entries'

type EntryDifference = 'is missing' | 'is new' | 'differs'

/** Returns how two descriptions of a database differ, by the label of the definition. */
export function compareEntries(expected: DdlEntry[], copied: DdlEntry[]): Map<string, EntryDifference> {
  const left = Map.groupBy(expected, getEntryLabel)
  const right = Map.groupBy(copied, getEntryLabel)
  const differences = new Map<string, EntryDifference>()
  for (const label of new Set([...left.keys(), ...right.keys()])) {
    const before = listTexts(left.get(label))
    const after = listTexts(right.get(label))
    if (before.join('\n') === after.join('\n')) continue
    if (after.length < before.length) differences.set(label, 'is missing')
    else differences.set(label, after.length > before.length ? 'is new' : 'differs')
  }
  return differences
}

/** Example: `FK CONSTRAINT public.orders orders_customer_fkey`. */
export function getEntryLabel({ type, schema, name }: DdlEntry): string {
  return `${type} ${schema}.${name}`
}

/**
 * Ignores settings between entries, which belong to none of them, and the owner in an entry of rights: an object's own
 * entry names its owner, and a system object belongs to the server's superuser under any name.
 */
function listTexts(entries: DdlEntry[] = []): string[] {
  return entries
    .map(({ type, sql }) => (type === 'ACL' ? sql.replace(/^(-- Name: .*; Owner: ).*$/m, '$1') : sql))
    .map((sql) => sql.replaceAll(/^SET default_\w+ = .*;$/gm, '').trim())
    .sort()
}
