import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { gzipFor, windowBitsFor } from '#backups/compression'

test('the window holds some rows, within what deflate knows', () => {
  expect([1, 70, 300, 400, 600, 2_000, 1e9].map(windowBitsFor)).toEqual([13, 13, 14, 14, 15, 15, 15])
})

test.each([0, 10, 500, 100_000])('what was compressed with rows of %i bytes comes back', async (rowBytes) => {
  const rows = Buffer.from(Array.from({ length: 300 }, (_, n) => `${String(n).padEnd(rowBytes, 'x')}\n`).join(''))
  const gzip = gzipFor(rows)
  gzip.end(rows)
  const compressed: Buffer[] = []
  for await (const chunk of gzip) compressed.push(chunk as Buffer)
  expect(gunzipSync(Buffer.concat(compressed)).equals(rows)).toBe(true)
})
