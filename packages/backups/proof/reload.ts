/**
 * pg_dump's text is no fixed point: a server reads `status IN ('new', 'paid')` back from its own print and prints it with
 * other casts and parentheses. A copy is equal to its source when both texts become the same by being loaded again.
 */
import { AppError } from '#platform/errors'
import { compareEntries, labelOf } from '#backups/restore/compare-ddl'
import type { DdlEntry, DdlScript } from '#backups/postgres/pg-dump-entries'
import { makeOwnersSuperusers } from '#backups/proof/roles'
import type { BesideTarget, RestoreTarget } from '#backups/restore/target'

export interface Described {
  /** As the dump holds it, with the roles that it names. */
  source: DdlScript
  copy: DdlEntry[]
  /** As both of them were read. */
  read: (sql: string) => DdlScript
}

/** The source first: one reload makes of its text what the restore made of it. Two of each reach every fixed point known. */
const TURNS = ['source', 'copy', 'source', 'copy'] as const

/** Of `labels`, those that still differ when the texts of both sides were loaded again and again. */
export async function differingAfterReload(
  target: RestoreTarget,
  { source, copy, read }: Described,
  labels: string[],
): Promise<string[]> {
  const sides = { source: source.entries, copy }
  let differing = labels
  for (const turn of TURNS) {
    if (differing.length === 0) break
    sides[turn] = await reload(target, { ...source, entries: sides[turn] }, read)
    const differences = compareEntries(sides.source, sides.copy)
    const loaded = new Set(sides[turn].map(labelOf))
    differing = differing.filter((label) => differences.has(label) || !loaded.has(label)) // refused on both sides is not equal
  }
  return differing
}

async function reload(
  target: RestoreTarget,
  { preamble, entries }: DdlScript,
  read: Described['read'],
): Promise<DdlEntry[]> {
  const place = await target.beside()
  try {
    if (place.isEmbedded) await makeOwnersSuperusers(entries, place)
    await place.execute(preamble)
    await load(place, entries.filter(isReloaded))
    const { preData, postData } = await place.ddl()
    return [preData, postData].flatMap((sql) => read(sql).entries)
  } finally {
    await place.close()
  }
}

/** They say nothing of a definition, and would compute on empty tables or connect to somebody. */
const NOT_RELOADED = new Set(['MATERIALIZED VIEW DATA', 'SUBSCRIPTION'])

function isReloaded({ type }: DdlEntry): boolean {
  return !NOT_RELOADED.has(type)
}

/** Each in a transaction of its own, within the locks of a default server. */
const ENTRIES_PER_BATCH = 200

/** Many at once, or one by one where something is refused: what does not depend on that can still be compared. */
async function load(place: BesideTarget, entries: DdlEntry[]): Promise<void> {
  for (let at = 0; at < entries.length; at += ENTRIES_PER_BATCH) {
    const batch = entries.slice(at, at + ENTRIES_PER_BATCH)
    if (await isTaken(place, batch.map(({ sql }) => sql).join(''))) continue
    for (const { sql } of batch) await isTaken(place, sql)
  }
}

async function isTaken(place: BesideTarget, sql: string): Promise<boolean> {
  try {
    await place.execute(sql)
    return true
  } catch (error) {
    if (error instanceof AppError) throw error
    return false // what is missing afterwards does not count as equal
  }
}
