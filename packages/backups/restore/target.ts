import type { RunQuery } from '#backups/dump/sequences'
import type { Ddl } from '#backups/postgres/pg-dump'
import type { CopyTable } from '#backups/postgres/quote'

/** An empty database that a dump can be loaded into and read back from: on a server, or embedded. */
export interface RestoreTarget {
  /** Example: `Postgres 18.4`. */
  name: string
  serverMajor: number
  /** True: the whole server, with its roles, serves this restore alone. */
  isEmbedded: boolean
  /** True: the restoring role owns everything, whatever the dump says. */
  ownsAll?: boolean
  /** Number of concurrent `copyIn` or `copyOut` calls; above one, they see only committed rows. */
  copiesMax: number
  /** Runs statements in order. */
  execute(sql: string): Promise<void>
  query: RunQuery
  /** Streams COPY lines into a table. */
  copyIn(table: CopyTable, lines: AsyncIterable<Buffer>): Promise<void>
  /** Streams a table's own rows as COPY lines, in chunks of any size that are valid during the call only. */
  copyOut(table: CopyTable, onChunk: (chunk: Buffer) => void): Promise<void>
  /** Returns the definitions, as written by the pg_dump that made the dump. */
  ddl(): Promise<Ddl>
  /** Opens another empty database for definitions alone; closing it removes it. */
  openScratch(): Promise<ScratchTarget>
  close(): Promise<void>
}

export type ScratchTarget = Omit<RestoreTarget, 'openScratch'>
