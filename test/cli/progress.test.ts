import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { lineOf } from '#cli/backup/run-progress'
import { bar, showProgress } from '#cli/progress'
import { redactUrls } from '#cli/redact'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function screen(isTTY: boolean, columns = 40) {
  const written: string[] = []
  return { isTTY, columns, write: (text: string) => written.push(text), written }
}

test('a terminal shows the newest line in the place of the last, and none at the end', () => {
  const terminal = screen(true)
  let count = 0
  const hide = showProgress(terminal, () => `line ${(count += 1)}`)
  vi.advanceTimersByTime(200)
  hide()
  vi.advanceTimersByTime(1_000)
  expect(terminal.written).toEqual(['\r\u001b[Kline 1', '\r\u001b[Kline 2', '\r\u001b[Kline 3', '\r\u001b[K'])
})

test('a pipe sees nothing', () => {
  const pipe = screen(false)
  const hide = showProgress(pipe, () => 'line')
  vi.advanceTimersByTime(1_000)
  hide()
  expect(pipe.written).toEqual([])
})

test("a table's name neither breaks the line nor moves the cursor", () => {
  const terminal = screen(true, 20)
  showProgress(terminal, () => `a\nb\u001b[2Jc\u0007 ${'long '.repeat(20)}`)()
  const [line = ''] = terminal.written
  expect(line.slice('\r\u001b[K'.length)).toBe('a bc  long long lon')
})

test('a terminal of unknown width shows the line all the same', () => {
  const terminal = screen(true, 0)
  showProgress(terminal, () => 'line')()
  expect(terminal.written[0]).toBe('\r\u001b[Kline')
})

test('an estimate is never said to be reached', () => {
  expect(bar(0, 100)).toBe(`${'░'.repeat(20)}  0 %`)
  expect(bar(50, 100)).toBe(`${'█'.repeat(10)}${'░'.repeat(10)} 50 %`)
  for (const [done, expected] of [
    [100, 100],
    [500, 100],
  ] as const) {
    expect(bar(done, expected)).toContain('99 %')
  }
  expect(bar(5, 0)).toContain(' 0 %')
})

test('a dump says tables, rows, bytes and the table that it is at', () => {
  const state = {
    tables: 3,
    tablesDone: 1,
    table: '"public"."leads"',
    rows: 12_345,
    rawBytes: 1_500_000,
    bytesExpected: 3_000_000,
  }
  expect(lineOf(state)).toMatch(/50 % {2}1\/3 tables, 12,345 rows, 1\.5 MB {2}"public"\."leads"$/)
})

test.each([
  ['postgres://me:secret@host/db', 'postgres://me:***@host/db'],
  ['see postgresql://me:se/cr@et@host/db?x=1 there', 'see postgresql://me:***@host/db?x=1 there'],
  ['postgres://host/db?user=me&password=secret&x=1', 'postgres://host/db?user=me&password=***&x=1'],
  ['{"url":"postgres://me:secret@host","mail":"me@host"}', '{"url":"postgres://me:***@host","mail":"me@host"}'],
  ['s3://bucket/prefix and postgres://me@host/db stay', 's3://bucket/prefix and postgres://me@host/db stay'],
])('%s is shown without its password', (text, shown) => {
  expect(redactUrls(text)).toBe(shown)
})
