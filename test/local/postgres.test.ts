import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, expect, it } from 'vitest'
import { POSTGRES_MAJOR } from '#deployment/postgres'
import { keepPostgresRunning } from '#emulators/postgres/keep-running'
import { startPostgres } from '#emulators/postgres/postgres'
import { NEWEST_MAJOR, newestPostgres } from '../support/newest-postgres.ts'

const dirs: string[] = []
afterEach(async () => {
  for (const dir of dirs.splice(0)) await rm(dir, { recursive: true, force: true })
})

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<Record<string, unknown>>(text)
    return rows
  } finally {
    await client.end()
  }
}

it('keeps its data after a restart, in a folder that only its owner may enter', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hunter-pg-')) // mkdtemp makes it 0700, as a home folder may be
  dirs.push(dir)
  const first = await startPostgres({ dir, durable: true })
  await query(first.url, `create table kept as select 'here' as word`)
  await first.close()
  const second = await startPostgres({ dir, durable: true })
  expect(await query(second.url, 'select word from kept')).toEqual([{ word: 'here' }])
  await second.close()
})

it('refuses a client with a wrong password', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hunter-pg-'))
  dirs.push(dir)
  const server = await startPostgres({ dir, durable: false })
  const url = new URL(server.url)
  url.password = 'guess'
  await expect(query(url.href, 'select 1')).rejects.toThrow('password authentication failed')
  await server.close()
})

it('restarts at the same address after it was killed, with all committed data', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hunter-pg-'))
  dirs.push(dir)
  const messages: string[] = []
  const back = Promise.withResolvers<undefined>()
  const onChange = (message: string) => {
    messages.push(message)
    if (message.startsWith('Postgres runs again')) back.resolve(undefined)
  }
  const server = await keepPostgresRunning({ dir, durable: true, onChange })
  const { url } = server
  const pid = server.pid()
  await query(url, `create table kept as select 'here' as word`)
  process.kill(pid, 'SIGKILL')
  await back.promise
  expect(messages[0]).toBe('Postgres died (SIGKILL) and is restarted')
  expect(server.url).toBe(url)
  expect(server.pid()).not.toBe(pid)
  expect(await query(url, 'select word from kept')).toEqual([{ word: 'here' }])
  await server.close()
  expect(() => process.kill(server.pid(), 0)).toThrow('ESRCH')

  // after a crash of the machine, the process id in the leftover file may belong to another process
  await writeFile(join(dir, 'data', 'postmaster.pid'), `${process.ppid}\n${join(dir, 'data')}\n`)
  const next = await startPostgres({ dir, durable: true })
  expect(await query(next.url, 'select word from kept')).toEqual([{ word: 'here' }])
  await next.close()
})

it('has the deployed major version, and refuses a data folder of another version, which it names', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hunter-pg-'))
  dirs.push(dir)
  const server = await startPostgres({ dir, durable: false, ...(await newestPostgres()) })
  await server.close()
  await expect(startPostgres({ dir, durable: false })).rejects.toThrow(
    `Postgres ${NEWEST_MAJOR} made the data in ${join(dir, 'data')}, and this is Postgres ${POSTGRES_MAJOR};`,
  )
})
