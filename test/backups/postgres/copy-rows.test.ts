import { afterAll, beforeAll, expect, test } from 'vitest'
import { copyRows } from '#backups/postgres/copy-rows'
import { openSession } from '#backups/postgres/session'
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

async function textOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  const copied: Buffer[] = []
  for await (const chunk of chunks) copied.push(Buffer.from(chunk))
  return Buffer.concat(copied).toString()
}

test('returns every byte of rows that are longer than a chunk, shorter than a header, or empty', async () => {
  const session = await openSession(database.url)
  const rows = `SELECT repeat('x', n) FROM (VALUES (0), (1), (3), (700000), (0), (262144), (5)) AS v(n)`
  const expected = [0, 1, 3, 700_000, 0, 262_144, 5].map((length) => `${'x'.repeat(length)}\n`).join('')
  expect((await textOf(copyRows(session, `COPY (${rows}) TO STDOUT`))) === expected).toBe(true)
  expect(await textOf(copyRows(session, 'COPY (SELECT WHERE false) TO STDOUT'))).toBe('')
  await session.end()
})

test('leaves the session usable after the rows, and after an error in the middle of them', async () => {
  const session = await openSession(database.url)
  const failing = `COPY (SELECT 1 / (5000 - n) FROM generate_series(1, 9000) n) TO STDOUT`
  await expect(textOf(copyRows(session, failing))).rejects.toMatchObject({ message: 'division by zero', code: '22012' })
  await expect(textOf(copyRows(session, 'no SQL'))).rejects.toMatchObject({ code: '42601' })
  expect(await textOf(copyRows(session, 'COPY (SELECT 1) TO STDOUT'))).toBe('1\n')
  expect((await session.query('SELECT 2 AS two')).rows).toEqual([{ two: 2 }])
  await session.end()
})

test('a consumer that stops early ends the session, and nothing hangs', async () => {
  const session = await openSession(database.url)
  for await (const chunk of copyRows(session, 'COPY (SELECT * FROM generate_series(1, 1000000)) TO STDOUT')) {
    expect(chunk.length).toBeGreaterThan(0)
    break
  }
  await expect(session.query('SELECT 1')).rejects.toThrow(/Connection terminated|closed/)
  await session.end()
})

test('a closed connection is an error, before and in the middle of the rows', async () => {
  const session = await openSession(database.url)
  const killed = textOf(copyRows(session, 'COPY (SELECT pg_terminate_backend(pg_backend_pid())) TO STDOUT'))
  await expect(killed).rejects.toThrow(/terminating connection|closed the connection/)
  await expect(textOf(copyRows(session, 'COPY (SELECT 1) TO STDOUT'))).rejects.toThrow('closed')
  await session.end()
})

test('an answer that arrives in many reads is complete, even after copied rows', async () => {
  const session = await openSession(database.url)
  const sql = `SELECT n, repeat(chr(97 + n % 26), 1000 + n) AS text FROM generate_series(1, 2000) n`
  for (let round = 1; round <= 2; round += 1) {
    const { rows } = await session.query<{ n: number; text: string }>(sql)
    const wrong = rows.filter(({ n, text }) => text !== String.fromCharCode(97 + (n % 26)).repeat(1000 + n))
    expect([rows.length, wrong.length]).toEqual([2000, 0])
    expect((await textOf(copyRows(session, `COPY (${sql}) TO STDOUT`))).length).toBeGreaterThan(4_000_000)
  }
  await session.end()
})
