import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterEach, expect, it } from 'vitest'
import { startPostgres } from '#emulators/postgres/postgres'

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

it('keeps its data over a restart, in a folder that only its owner may enter', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hunter-pg-')) // mkdtemp makes it 0700, as a home folder may be
  dirs.push(dir)
  const first = await startPostgres({ dir, durable: true })
  await query(first.url, `create table kept as select 'here' as word`)
  await first.close()
  const second = await startPostgres({ dir, durable: true })
  expect(await query(second.url, 'select word from kept')).toEqual([{ word: 'here' }])
  await second.close()
})

it('refuses a client that does not know the password', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hunter-pg-'))
  dirs.push(dir)
  const server = await startPostgres({ dir, durable: false })
  const url = new URL(server.url)
  url.password = 'guess'
  await expect(query(url.href, 'select 1')).rejects.toThrow('password authentication failed')
  await server.close()
})
