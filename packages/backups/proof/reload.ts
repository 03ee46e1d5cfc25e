/**
 * Compares definitions after reloading them, because pg_dump's text is no fixed point: a server prints `status IN
 * ('new', 'paid')` with other casts and parentheses after it has read its own print. A copy equals its source when
 * reloading makes both texts the same.
 */
import { AppError } from '#platform/errors'
import { compareEntries, getEntryLabel } from '#backups/restore/compare-ddl'
import type { DdlEntry, DdlScript } from '#backups/postgres/pg-dump-entries'
import { makeOwnersSuperusers } from '#backups/proof/roles'
import type { ScratchTarget, RestoreTarget } from '#backups/restore/target'

interface Described {
  /** The dump's script, with the roles that it names. */
  source: DdlScript
  copy: DdlEntry[]
  /** Parses a script as both sides were parsed. */
  read: (sql: string) => DdlScript
}

/**
 * The source goes first: one reload makes its text what the restore made of it. Two reloads of each side reach every
 * known fixed point.
 */
const TURNS = ['source', 'copy', 'source', 'copy'] as const

/** Returns the `labels` that still differ after the texts of both sides were reloaded repeatedly. */
export async function compareAfterReload(
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
    const loaded = new Set(sides[turn].map(getEntryLabel))
    differing = differing.filter((label) => differences.has(label) || !loaded.has(label)) // a definition that both sides refuse is not equal
  }
  return differing
}

async function reload(
  target: RestoreTarget,
  { preamble, entries }: DdlScript,
  read: Described['read'],
): Promise<DdlEntry[]> {
  const place = await target.openScratch()
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

/** Entries that define nothing: they would compute on empty tables or connect to a publisher. */
const NOT_RELOADED = new Set(['MATERIALIZED VIEW DATA', 'SUBSCRIPTION'])

function isReloaded({ type }: DdlEntry): boolean {
  return !NOT_RELOADED.has(type)
}

/** A batch is one transaction, which fits into a default server's lock table. */
const ENTRIES_PER_BATCH = 200

/**
 * Loads many entries at once, or one by one after a refusal, so that entries that do not depend on the refused one can
 * still be compared.
 */
async function load(place: ScratchTarget, entries: DdlEntry[]): Promise<void> {
  for (let at = 0; at < entries.length; at += ENTRIES_PER_BATCH) {
    const batch = entries.slice(at, at + ENTRIES_PER_BATCH)
    if (await isTaken(place, batch.map(({ sql }) => sql).join(''))) continue
    for (const { sql } of batch) await isTaken(place, sql)
  }
}

async function isTaken(place: ScratchTarget, sql: string): Promise<boolean> {
  try {
    await place.execute(sql)
    return true
  } catch (error) {
    if (error instanceof AppError) throw error
    return false // An entry that is missing afterwards does not count as equal.
  }
}
