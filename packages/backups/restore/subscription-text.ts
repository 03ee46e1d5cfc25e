import { type DdlEntry, readDdl } from '#backups/postgres/pg-dump-entries'
import type { Manifest } from '#backups/format/manifest'
import { type MemberStore, readSql } from '#backups/dump/read-member'

/** A subscription as the dump describes it. */
export interface DumpedSubscription {
  /** Quoted for SQL. */
  name: string
  /** null: it had none. */
  slot: string | null
}

/** The last match in the entry: a connection string or a publication's name may hold the same words before it. */
const SLOT = /^(?<before>[\s\S]* WITH \(connect = false, slot_name = )(?<slot>NONE|'[^']*')/
const NAME = /^CREATE SUBSCRIPTION (?<name>"(?:[^"]|"")*"|[^\s"]+) CONNECTION /m

/** Removes the slot, which belongs to the source's subscription. */
export function removeSlot(entry: DdlEntry): DdlEntry {
  if (entry.type !== 'SUBSCRIPTION') return entry
  return { ...entry, sql: entry.sql.replace(SLOT, '$<before>NONE') }
}

export async function parseSubscriptions(store: MemberStore, manifest: Manifest): Promise<DumpedSubscription[]> {
  return readSubscriptions(readDdl(await readSql(store, manifest, 'post-data')).entries)
}

function readSubscriptions(entries: DdlEntry[]): DumpedSubscription[] {
  return entries
    .filter(({ type }) => type === 'SUBSCRIPTION')
    .map(({ sql }) => {
      const slot = SLOT.exec(sql)?.groups?.['slot']
      const name = NAME.exec(sql)?.groups?.['name'] ?? ''
      return { name, slot: slot === undefined || slot === 'NONE' ? null : slot.slice(1, -1) }
    })
}
