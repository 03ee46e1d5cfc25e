import type { RunQuery } from '#backups/dump/sequences'
import type { Ddl } from '#backups/postgres/pg-dump'
import type { CopyTable } from '#backups/postgres/quote'

/** An empty database that a dump can be put into and read back from: a server's, or the embedded one. */
export interface RestoreTarget {
  /** Such as `Postgres 18.4`. */
  name: string
  serverMajor: number
  /** Its whole server is there for this alone, roles and all. */
  isEmbedded: boolean
  /** All in it belongs to who restores it, whatever the dump says. */
  ownsAll?: boolean
  /** How many `copyIn` or `copyOut` may run at once; with more than one they see only what is committed. */
  copiesMax: number
  /** Runs statements, one after the other. */
  execute(sql: string): Promise<void>
  query: RunQuery
  /** Streams COPY lines into a table. */
  copyIn(table: CopyTable, lines: AsyncIterable<Buffer>): Promise<void>
  /** Streams a table's own rows as COPY lines, in chunks of any size that are valid during the call only. */
  copyOut(table: CopyTable, onChunk: (chunk: Buffer) => void): Promise<void>
  /** The definitions as the same pg_dump writes them that made the dump. */
  ddl(): Promise<Ddl>
  /** Opens another empty one, for definitions alone, that is gone when it is closed. */
  beside(): Promise<BesideTarget>
  close(): Promise<void>
}

export type BesideTarget = Omit<RestoreTarget, 'beside'>
