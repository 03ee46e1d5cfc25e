import { expect, test } from 'vitest'
import type { TablePart } from '#backups/dump/plan'
import { createProgress } from '#backups/dump/progress'
import { TestClock } from '../../support/test-clock.ts'

function part(table: string, tableBytes: number, range?: TablePart['range']): TablePart {
  const about = { oid: 1, schema: 'public', columns: ['a'], types: ['int4'], pages: 0, hasPages: true }
  return { table: { ...about, table, tableBytes }, range }
}

const [leads, half, rest, empty] = [
  part('leads', 10),
  part('scans', 500, { from: 0, to: 9 }),
  part('scans', 500, { from: 9, to: undefined }),
  part('empty', 0),
] as const

const begun = () => createProgress(new TestClock(), [leads, half, rest, empty], undefined)

test('the progress says which table is being read, and how many are done', () => {
  const progress = begun()
  expect(progress.state()).toEqual({ tables: 3, tablesDone: 0, table: undefined, rows: 0, bytesExpected: 510 })
  const endLeads = progress.begin(leads, () => 7)
  expect(progress.state()).toMatchObject({ tablesDone: 0, table: '"public"."leads"', rows: 7 })
  endLeads()
  const ends = [progress.begin(half, () => 100), progress.begin(rest, () => 20)]
  expect(progress.state()).toMatchObject({ tablesDone: 1, table: '"public"."scans"', rows: 127 })
  ends[1]?.()
  expect(progress.state()).toMatchObject({ tablesDone: 1, table: '"public"."scans"' }) // its other half is not
  ends[0]?.()
  expect(progress.state()).toMatchObject({ tablesDone: 2, table: undefined })
  progress.begin(empty, () => 0)()
  expect(progress.state()).toEqual({ tables: 3, tablesDone: 3, table: undefined, rows: 127, bytesExpected: 510 })
})

test('a dump without a deadline never ends for lack of time', () => {
  const progress = begun()
  expect(() => progress.check()).not.toThrow()
  expect(progress.onDeadline(() => expect.unreachable())()).toBeUndefined()
})
