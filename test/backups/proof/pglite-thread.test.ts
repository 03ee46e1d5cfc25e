import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isFaultOfPlace } from '#backups/proof/environment-failure'
import { newCluster } from '#backups/proof/pglite-template'
import { openPgliteTarget } from '#backups/proof/pglite-target'
import { openPgliteThread } from '#backups/proof/pglite-thread'
import { cString, message } from '#backups/postgres/wire-protocol'

let workDir: string
beforeEach(async () => {
  workDir = await mkdtemp(join(tmpdir(), 'hunter-thread-'))
})
afterEach(() => rm(workDir, { recursive: true, force: true }))

const query = (sql: string) => message('Q', cString(sql))

test('a server that works without an end is ended, and answers nothing afterwards', async () => {
  const dataDir = await newCluster({ tempDir: tmpdir(), workDir })
  const thread = await openPgliteThread({ dataDir, archives: [], serverArgs: [] })
  expect(await thread.query('SELECT 1 AS one')).toEqual([{ one: 1 }])
  const endless = thread.ask(query('DO $$ BEGIN LOOP END LOOP; END $$'), () => undefined)
  const failed = endless.catch((error: unknown) => error)
  await thread.end()
  expect(await failed).toMatchObject({ name: 'PgliteEnded' })
  expect(isFaultOfPlace(await failed)).toBe(true)
  await expect(thread.query('SELECT 1')).rejects.toThrow('the embedded Postgres was ended')
})

test('a server that is ended while it waits for rows lets go of who sends them', async () => {
  const target = await openPgliteTarget({ tempDir: tmpdir(), workDir, extensions: [] })
  await target.execute('CREATE TABLE public.notes (note text)')
  const left = Promise.withResolvers<void>()
  async function* endless(): AsyncGenerator<Buffer> {
    try {
      for (let sent = 0; ; sent += 1) {
        if (sent === 100) void target.close()
        yield Buffer.alloc(100_000, 'a row\n')
      }
    } finally {
      left.resolve()
    }
  }
  const copying = target.copyIn({ schema: 'public', table: 'notes', columns: ['note'] }, endless())
  await expect(copying).rejects.toThrow('the embedded Postgres was ended')
  await left.promise
})

test('a server is ended while it starts', async () => {
  const stopping = new AbortController()
  const dataDir = await newCluster({ tempDir: tmpdir(), workDir })
  const opening = openPgliteThread({ dataDir, archives: [], serverArgs: [], signal: stopping.signal })
  stopping.abort()
  await expect(opening).rejects.toThrow('the embedded Postgres was ended')
  await expect(newCluster({ tempDir: workDir, workDir, signal: stopping.signal })).rejects.toThrow('was ended')
})

test('a folder that holds no cluster is an error, and no thread stays', async () => {
  await expect(openPgliteThread({ dataDir: '/dev/null/none', archives: [], serverArgs: [] })).rejects.toThrow('ENOTDIR')
})
