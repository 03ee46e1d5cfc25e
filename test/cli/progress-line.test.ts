import { expect, it } from 'vitest'
import { formatProgress, type ProgressState } from '#cli/progress-line'
import { toDumpProgress } from '#cli/backup/run-progress'

const RESTORING: ProgressState = {
  what: 'restoring',
  done: 1_200_000_000,
  total: 2_600_000_000,
  unit: 'bytes',
  notes: ['3 of 7 tables', '"public"."leads"'],
}
const PACE = { elapsedMs: 15_000, doneBefore: 0 }

it.each([
  [40, '46 %  restoring, 1.2 GB of 2.6 GB'],
  [80, '████░░░░░ 46 %  restoring, 1.2 GB of 2.6 GB, 80.0 MB/s, 18 s left, 3 of 7 tables'],
  [
    200,
    `${'█'.repeat(9)}${'░'.repeat(11)} 46 %  restoring, 1.2 GB of 2.6 GB, 80.0 MB/s, 18 s left, 3 of 7 tables, "public"."leads"`,
  ],
])('fits into %i columns: the bar takes the space that the figures leave', (columns, line) => {
  expect(formatProgress(RESTORING, PACE, columns)).toBe(line)
  expect(line.length).toBeLessThanOrEqual(columns)
})

it('never exceeds its width', () => {
  for (let columns = 0; columns <= 200; columns += 1) {
    expect(formatProgress(RESTORING, PACE, columns).length).toBeLessThanOrEqual(columns)
  }
})

it('never shows an estimate as reached', () => {
  for (const done of [99.9, 100, 500])
    expect(formatProgress({ what: 'x', done, total: 100 }, PACE, 80)).toContain('99 %')
  expect(formatProgress({ what: 'x', done: 5, total: 0 }, PACE, 80)).toContain(' 0 %')
  expect(formatProgress({ what: 'x', done: 500, total: 100, unit: 'rows' }, PACE, 80)).toMatch(/, 500 rows, 33\/s$/)
})

it('shows no rate and no time left before it can measure them', () => {
  const state = { what: 'importing', done: 50, total: 1_000, unit: 'rows' }
  expect(formatProgress(state, { elapsedMs: 1_000, doneBefore: 0 }, 60)).toBe(
    `█${'░'.repeat(19)}  5 %  importing, 50 of 1,000 rows`,
  )
  expect(formatProgress({ ...state, done: 0 }, { elapsedMs: 9_000, doneBefore: 0 }, 60)).toMatch(/0 of 1,000 rows$/)
})

it('measures the rate of a step from its start', () => {
  const state = { what: 'importing', done: 9_000, total: 10_000, unit: 'rows' }
  expect(formatProgress(state, { elapsedMs: 4_000, doneBefore: 8_800 }, 80)).toContain('50/s, 20 s left')
})

it.each([
  [3_000, '3 s left'],
  [95_000, '1 min 35 s left'],
  [7_260_000, '2 h 1 min left'],
  [1, '1 s left'],
])('writes %i ms as %s', (leftMs, text) => {
  const state = { what: 'x', done: 1_000_000, total: 1_000_000 + leftMs, unit: 'rows' }
  expect(formatProgress(state, { elapsedMs: 1_000_000, doneBefore: 0 }, 80)).toContain(text)
})

it('shows the duration of work that has no count', () => {
  expect(formatProgress({ what: 'comparing definitions' }, { elapsedMs: 4_200, doneBefore: 0 }, 80)).toBe(
    'comparing definitions, 4.2 s',
  )
  expect(formatProgress({ what: 'applying 0003_x', done: 2, total: 6 }, { elapsedMs: 400, doneBefore: 2 }, 79)).toBe(
    `${'█'.repeat(6)}${'░'.repeat(14)} 33 %  applying 0003_x, 2 of 6, 400 ms`,
  )
})

it("lets a table's name neither break the line nor move the cursor", () => {
  const state = { what: 'dumping', notes: ['a\nb\u001B[2Jc\u0007'] }
  expect(formatProgress(state, { elapsedMs: 0, doneBefore: 0 }, 80)).toBe('dumping, 0 ms, a bc ')
})

it('shows bytes, tables and rows of a dump, and its current table', () => {
  const dump = {
    tables: 3,
    tablesDone: 1,
    table: '"public"."leads"',
    rows: 12_345,
    rawBytes: 1_500_000,
    bytesExpected: 3e6,
  }
  expect(formatProgress(toDumpProgress(dump), { elapsedMs: 0, doneBefore: 0 }, 120)).toBe(
    `${'█'.repeat(10)}${'░'.repeat(10)} 50 %  dumping, 1.5 MB of 3.0 MB, 1 of 3 tables, 12,345 rows, "public"."leads"`,
  )
})
