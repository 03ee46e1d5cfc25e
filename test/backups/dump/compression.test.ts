import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { createSizedGzip, chooseWindowBits } from '#backups/dump/compression'

const digest = (text: string) => createHash('sha256').update(text).digest('hex')

/** Rows that share nothing but their form with any other. */
function strangers(bytes: number): Buffer {
  const rows: string[] = []
  for (let row = 0, length = 0; length < bytes; row += 1) {
    rows.push(`${row}\t${digest(`${row}`).slice(0, 40)}\tscan\n`)
    length += rows.at(-1)?.length ?? 0
  }
  return Buffer.from(rows.join(''))
}

/** Each row is the one 300 rows before it, word by word: some 20 KiB back. */
function echoes(bytes: number): Buffer {
  const period = strangers(20_000)
  return Buffer.concat(Array.from({ length: Math.ceil(bytes / period.length) }, () => period))
}

test('rows without distant repetitions are compressed with a small window', async () => {
  expect(await chooseWindowBits(strangers(200_000))).toBeLessThanOrEqual(12)
})

test('rows with distant repetitions are compressed with a window that reaches them', async () => {
  expect(await chooseWindowBits(echoes(200_000))).toBe(15)
})

test('a sample that is too small gets the largest window', async () => {
  expect(await chooseWindowBits(strangers(100_000).subarray(0, 100_000))).toBe(15)
  expect(await chooseWindowBits(Buffer.alloc(0))).toBe(15)
})

test.each([
  ['strangers', strangers(1_000_000)],
  ['echoes', echoes(1_000_000)],
])('%s decompress unchanged, and are at most 5 % larger than with gzip -6', async (_, rows) => {
  const gzip = createSizedGzip(await chooseWindowBits(rows))
  gzip.end(rows)
  const compressed: Buffer[] = []
  for await (const chunk of gzip) compressed.push(chunk as Buffer)
  const all = Buffer.concat(compressed)
  expect(gunzipSync(all).equals(rows)).toBe(true)
  expect(all.length).toBeLessThan(gzipSync(rows, { level: 6 }).length * 1.05)
})
