import { expect, it } from 'vitest'
import { parseBackupId } from '#backups/format/backup-id'
import type { TableMember } from '#backups/format/manifest'
import { type RestoreState, reportProgress } from '#backups/restore/progress'
import type { RestoreTarget } from '#backups/restore/target'
import { manifestOf } from '../made-up.ts'

const member = (table: string, rawBytes: number) =>
  ({ kind: 'table', name: `public.${table}`, schema: 'public', table, columns: ['id'], rawBytes }) as TableMember

const manifest = {
  ...manifestOf(parseBackupId('20261120T000000Z-abcdef')),
  members: [member('one', 30), member('one', 10), member('two', 20)],
}

/** Accepts all rows that are copied in and returns ten bytes for each table. */
const target = {
  execute: async () => undefined,
  copyIn: async (_: unknown, lines: AsyncIterable<Buffer>) => {
    for await (const _line of lines) continue
  },
  copyOut: async (_: unknown, onChunk: (chunk: Buffer) => void) => onChunk(Buffer.alloc(10)),
  ddl: async () => ({ preData: '', postData: '' }),
} as unknown as RestoreTarget

async function* chunksOf(...lengths: number[]) {
  for (const length of lengths) yield Buffer.alloc(length)
}

it('reports the bytes and tables of each step, from the first row to the definitions', async () => {
  const told: RestoreState[] = []
  const watched = reportProgress(target, manifest, (state) => told.push(state))
  const [one, rest, two] = manifest.members as [TableMember, TableMember, TableMember]
  await watched.execute('create table one (id int)')
  await watched.copyIn(one, chunksOf(20, 10))
  await watched.copyIn(rest, chunksOf(10))
  await watched.copyIn(two, chunksOf(20))
  const all = { bytesExpected: 60, tables: 2 }
  expect(told.at(-1)).toEqual({ step: 'restoring', bytes: 60, tablesDone: 2, ...all })
  await watched.execute('create index on one (id)')
  expect(told.at(-1)).toEqual({ step: 'building indexes' })
  await watched.execute('COMMIT')
  await watched.copyOut(one, () => undefined)
  expect(told.at(-1)).toEqual({ step: 'comparing rows', bytes: 10, tablesDone: 1, ...all })
  await watched.ddl()
  expect(told.at(-1)).toEqual({ step: 'comparing definitions' })
  expect(told.map(({ step }) => step).filter((step, at, steps) => step !== steps[at - 1])).toEqual([
    'restoring',
    'building indexes',
    'comparing rows',
    'comparing definitions',
  ])
})

it('wraps nothing without a listener', () => {
  expect(reportProgress(target, manifest, undefined)).toBe(target)
})
