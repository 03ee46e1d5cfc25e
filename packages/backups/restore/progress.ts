/** Reports the progress of a restore or a proof. It never prints. */
import { type Manifest, selectTableMembers } from '#backups/format/manifest'
import type { RestoreTarget } from '#backups/restore/target'

type RestoreStep =
  | 'restoring'
  | 'building indexes'
  | 'comparing rows'
  | 'comparing definitions'
  | 'making the safety backup'
  | 'swapping'

export interface RestoreState {
  step: RestoreStep
  /** Bytes of rows as text that the step has moved, and will move; absent when it moves none. */
  bytes?: number
  bytesExpected?: number
  tablesDone?: number
  tables?: number
}

export type OnRestore = (state: RestoreState) => void

/** Wraps a target that reports its progress. */
export function reportProgress(target: RestoreTarget, manifest: Manifest, tell: OnRestore | undefined): RestoreTarget {
  if (!tell) return target
  const members = selectTableMembers(manifest)
  const tables = new Set(members.map(({ name }) => name)).size
  const bytesExpected = members.reduce((sum, { rawBytes }) => sum + rawBytes, 0)
  let step: RestoreStep = 'restoring'
  let bytes = 0
  let names = new Set<string>()

  function begin(next: RestoreStep): void {
    if (next !== step) [step, bytes, names] = [next, 0, new Set()]
    const isOfRows = step === 'restoring' || step === 'comparing rows'
    tell?.(isOfRows ? { step, bytes, bytesExpected, tablesDone: names.size, tables } : { step })
  }
  function count(next: RestoreStep, length: number): void {
    begin(next)
    bytes += length
  }
  async function* counted(lines: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of lines) {
      count('restoring', chunk.length)
      yield chunk
    }
  }
  function finish(next: RestoreStep, { schema, table }: { schema: string; table: string }): void {
    names.add(`${schema}.${table}`)
    begin(next)
  }

  return {
    ...target,
    execute: (sql) => {
      if (step === 'restoring' && names.size > 0 && !TRANSACTION.test(sql)) begin('building indexes')
      return target.execute(sql)
    },
    copyIn: async (table, lines) => {
      await target.copyIn(table, counted(lines))
      finish('restoring', table)
    },
    copyOut: async (table, onChunk) => {
      await target.copyOut(table, (chunk) => {
        count('comparing rows', chunk.length)
        onChunk(chunk)
      })
      finish('comparing rows', table)
    },
    ddl: () => {
      begin('comparing definitions')
      return target.ddl()
    },
  }
}

const TRANSACTION = /^\s*(?:begin|commit|rollback)\b/i
