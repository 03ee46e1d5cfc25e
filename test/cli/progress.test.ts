import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { parseBackupId } from '#backups/backup-id'
import type { ObjectStore } from '#backups/object-store'
import { showingReads } from '#cli/backup/read-progress'
import { lineOf } from '#cli/backup/run-progress'
import { bar, showProgress } from '#cli/progress'
import { redactUrls } from '#platform/redact-urls'
import { manifestOf } from '../backups/made-up.ts'

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
  [
    `connect with host=db password='se cr et' or password=secret&1`,
    'connect with host=db password=*** or password=***',
  ],
  ['s3://bucket/prefix and postgres://me@host/db stay', 's3://bucket/prefix and postgres://me@host/db stay'],
])('%s is shown without its password', (text, shown) => {
  expect(redactUrls(text)).toBe(shown)
})

test('what is read of a backup fills the bar; --json and a pipe read the same and show nothing', async () => {
  const id = parseBackupId('20261120T000000Z-abcdef')
  const manifest = { ...manifestOf(id), object: { ...manifestOf(id).object, gzipBytes: 1_000 } }
  const store = {
    getJson: async () => manifest,
    read: async () => [Buffer.alloc(600)] as unknown as AsyncIterable<Buffer>,
  } as unknown as ObjectStore
  const work = async (given: ObjectStore) => {
    let length = 0
    for await (const chunk of await given.read({ key: 'dump' })) length += chunk.length
    vi.advanceTimersByTime(100)
    return length
  }
  const [terminal, pipe, quiet] = [screen(true, 80), screen(false), screen(true)]
  const reading = { store, ref: { source: 'hunter', id }, json: false }
  const doing = { what: 'proving', readings: 2 }
  expect(await showingReads({ ...reading, screen: terminal }, doing, work)).toBe(600)
  expect(await showingReads({ ...reading, screen: pipe }, doing, work)).toBe(600)
  expect(await showingReads({ ...reading, json: true, screen: quiet }, doing, work)).toBe(600)
  expect(terminal.written[0]).toContain('░░░  0 %  proving, 0 B read')
  expect(terminal.written[1]).toContain('30 %  proving, 600 B read, ')
  expect(terminal.written.at(-1)).toBe('\r\u001b[K')
  expect([...pipe.written, ...quiet.written]).toEqual([])
})
