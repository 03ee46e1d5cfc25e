import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { parseBackupId } from '#backups/format/backup-id'
import type { ObjectStore } from '#backups/store/object-store'
import type { OnRestore } from '#backups/restore/progress'
import { withReadProgress } from '#cli/backup/read-progress'
import { showProgress, withProgress } from '#cli/progress'
import { redactUrls } from '#platform/redact-urls'
import { manifestOf } from '../backups/made-up.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function screen(isTTY: boolean, columns = 40) {
  const written: string[] = []
  return { isTTY, columns, write: (text: string) => written.push(text), written }
}

const ERASE = '\r\u001B[K'

test('a terminal shows each state in place of the last, and none at the end', () => {
  const terminal = screen(true)
  let done = 0
  const hide = showProgress(() => ({ what: 'step', done: (done += 1) }), { screen: terminal, env: {} })
  vi.advanceTimersByTime(200)
  hide()
  vi.advanceTimersByTime(1_000)
  const lines = ['step, 1, 0 ms', 'step, 2, 100 ms', 'step, 3, 200 ms'].map((line) => ERASE + line)
  expect(terminal.written).toEqual([...lines, ERASE])
})

test.each([
  ['a pipe', false, {}],
  ['a dumb terminal', true, { TERM: 'dumb' }],
  ['the log of a CI system', true, { CI: 'true' }],
])('%s gets a plain line now and then, and none from short work', (_, isTTY, env) => {
  const pipe = screen(isTTY, 20)
  const read = () => ({ what: 'restoring', done: 5e6, total: 1e7, unit: 'bytes', notes: ['2 of 4 tables'] })
  const hide = showProgress(read, { screen: pipe, env })
  vi.advanceTimersByTime(29_999)
  expect(pipe.written).toEqual([])
  vi.advanceTimersByTime(60_001)
  hide()
  expect(pipe.written).toHaveLength(3)
  for (const line of pipe.written) expect(line).toMatch(/^50 % {2}restoring, 5\.0 MB of 10\.0 MB, 2 of 4 tables\n$/)
})

test('a terminal with NO_COLOR still shows the bar, which has no colour', () => {
  const terminal = screen(true)
  showProgress(() => ({ what: 'step' }), { screen: terminal, env: { NO_COLOR: '1', CI: 'false' } })()
  expect(terminal.written).toEqual([`${ERASE}step, 0 ms`, ERASE])
})

test('nothing is written if progress is off, as under cron', () => {
  const pipe = screen(false)
  const hide = showProgress(() => ({ what: 'step' }), { screen: pipe, env: { HUNTER_PROGRESS: 'off' } })
  vi.advanceTimersByTime(60_000)
  hide()
  expect(pipe.written).toEqual([])
})

test('nothing is written with --json', () => {
  const terminal = screen(true)
  const hide = showProgress(() => ({ what: 'step' }), { json: true, screen: terminal, env: {} })
  vi.advanceTimersByTime(60_000)
  hide()
  expect(terminal.written).toEqual([])
})

test('each step measures its own time, by the clock of the test', () => {
  const terminal = screen(true, 80)
  let [now, what, done] = [0, 'one', 0]
  const how = { screen: terminal, env: {}, nowMs: () => now }
  const hide = showProgress(() => ({ what, done, total: 1_000, unit: 'rows' }), how)
  ;[now, done] = [4_000, 400]
  vi.advanceTimersByTime(100)
  ;[now, what, done] = [10_000, 'two', 100]
  vi.advanceTimersByTime(100)
  ;[now, done] = [15_000, 600]
  vi.advanceTimersByTime(100)
  hide()
  expect(terminal.written[1]).toContain('one, 400 of 1,000 rows, 100/s, 6 s left')
  expect(terminal.written[2]).toMatch(/two, 100 of 1,000 rows$/)
  expect(terminal.written[3]).toContain('two, 600 of 1,000 rows, 100/s, 4 s left')
})

test('a terminal of unknown width still shows the line', () => {
  const terminal = screen(true, 0)
  showProgress(() => ({ what: 'step' }), { screen: terminal, env: {} })()
  expect(terminal.written[0]).toBe(`${ERASE}step, 0 ms`)
})

test('the line goes away when the work fails', async () => {
  const terminal = screen(true)
  const failing = withProgress(
    () => ({ what: 'step' }),
    { screen: terminal, env: {} },
    async () => {
      throw new Error('no')
    },
  )
  await expect(failing).rejects.toThrow('no')
  expect(terminal.written.at(-1)).toBe(ERASE)
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

test('a proof shows what it reads, then what it moves; --json does the same in silence', async () => {
  const id = parseBackupId('20261120T000000Z-abcdef')
  const manifest = { ...manifestOf(id), object: { ...manifestOf(id).object, gzipBytes: 1_000 } }
  const store = {
    getJson: async () => manifest,
    read: async () => [Buffer.alloc(600)] as unknown as AsyncIterable<Buffer>,
  } as unknown as ObjectStore
  const work = async (given: ObjectStore, tell: OnRestore | undefined) => {
    let length = 0
    for await (const chunk of await given.read({ key: 'dump' })) length += chunk.length
    vi.advanceTimersByTime(100)
    tell?.({ step: 'restoring', bytes: 300, bytesExpected: 600, tablesDone: 1, tables: 3 })
    vi.advanceTimersByTime(100)
    tell?.({ step: 'comparing definitions' })
    vi.advanceTimersByTime(100)
    return length
  }
  const [terminal, quiet] = [screen(true, 90), screen(true)]
  const reading = { store, ref: { source: 'hunter', id }, json: false, env: {} }
  expect(await withReadProgress({ ...reading, screen: terminal }, work)).toBe(600)
  expect(await withReadProgress({ ...reading, json: true, screen: quiet }, work)).toBe(600)
  expect(terminal.written[0]).toContain('░  0 %  reading the stored bytes, 0 B of 1.0 kB')
  expect(terminal.written[1]).toContain('60 %  reading the stored bytes, 600 B of 1.0 kB')
  expect(terminal.written[2]).toContain('50 %  restoring, 300 B of 600 B, 1 of 3 tables')
  expect(terminal.written[3]).toBe(`${ERASE}comparing definitions, 0 ms`)
  expect(terminal.written.at(-1)).toBe(ERASE)
  expect(quiet.written).toEqual([])
})
