import * as fc from '../../support/seeded.ts'
import { expect, test } from 'vitest'
import { sortTopologically } from '#backups/dump/topological-sort'
import { planParts, limitStreams } from '#backups/dump/plan'
import type { SourceTable } from '#backups/dump/tables'

const MIB = 1024 * 1024

function table(about: Partial<SourceTable>): SourceTable {
  return {
    oid: 1,
    schema: 's',
    table: 't',
    columns: ['a'],
    types: ['int4'],
    pages: 0,
    tableBytes: 0,
    hasPages: true,
    ...about,
  }
}

test('every page belongs to exactly one part, and the last part is open-ended', () => {
  fc.assert(
    fc.property(fc.nat(20_000_000), fc.double({ min: 0.5, max: 100, noNaN: true }), (pages, toasted) => {
      const parts = planParts([table({ pages, tableBytes: Math.round(pages * 8192 * toasted) })])
      const ranges = parts.map(({ range }) => range ?? { from: 0, to: undefined })
      expect(ranges[0]?.from).toBe(0)
      expect(ranges.at(-1)?.to).toBeUndefined()
      const starts = ranges.slice(1).map(({ from }) => from)
      expect(starts).toEqual(ranges.slice(0, -1).map(({ to }) => to))
      expect(starts).toEqual([...new Set(starts)].sort((one, other) => one - other))
    }),
  )
})

test('parts have some megabytes each, and never too many for a manifest', () => {
  const sizes = [10 * MIB, 500 * MIB, 20_000 * MIB, 2_000_000 * MIB]
  const counts = sizes.map((tableBytes) => planParts([table({ tableBytes, pages: tableBytes / 8192 })]).length)
  expect(counts).toEqual([1, 31, 200, 15_625])
})

test('a table that is filtered, or cannot be split by pages, is one part', () => {
  const large = { tableBytes: 500 * MIB, pages: 64_000 }
  expect(planParts([table({ ...large, hasPages: false })])).toHaveLength(1)
  expect(planParts([table({ ...large, filter: 'WHERE a' })])).toHaveLength(1)
})

test('one session reads a small database, and as many as allowed read a larger one', () => {
  expect(limitStreams([], 3)).toBe(1)
  expect(limitStreams([table({ tableBytes: MIB }), table({ tableBytes: MIB })], 3)).toBe(1)
  expect(limitStreams([table({ tableBytes: 20 * MIB })], 3)).toBe(2)
  expect(limitStreams([table({ tableBytes: 2000 * MIB })], 3)).toBe(3)
})

test('referenced tables come before the tables that reference them, also with circular references', () => {
  const items = [{ oid: 1 }, { oid: 2 }, { oid: 3 }]
  const references = [
    { from: 1, to: 2 },
    { from: 2, to: 3 },
  ]
  expect(sortTopologically(items, references).map(({ oid }) => oid)).toEqual([3, 2, 1])
  expect(sortTopologically(items, [...references, { from: 3, to: 1 }])).toHaveLength(3)
})
