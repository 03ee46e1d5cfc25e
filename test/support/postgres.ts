import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { inject } from 'vitest'

export interface TestDatabase {
  url: string
  drop(): Promise<void>
}

const SERVER_URL = await askForServer()

/** This worker's own server: no other test file creates databases on it in the meantime. */
export function serverUrl(): string {
  return SERVER_URL
}

async function askForServer(): Promise<string> {
  const answer = await fetch(`${inject('postgresUrl')}/${process.env['VITEST_POOL_ID']}`) // the id is 1 to `maxWorkers`
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return text
}

/** An empty database on the worker's server; `options` as CREATE DATABASE takes them. */
export async function createTestDatabase(options = ''): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`
  await runOnServer(`create database ${name} ${options}`)
  const url = new URL(serverUrl())
  url.pathname = `/${name}`
  return { url: url.href, drop: async () => void (await runOnServer(`drop database if exists ${name} with (force)`)) }
}

/** Runs a statement in the database `postgres` of the worker's server. */
export async function runOnServer(statement: string): Promise<number> {
  const client = new Client({ connectionString: serverUrl() })
  await client.connect()
  try {
    return (await client.query(statement)).rowCount ?? 0
  } finally {
    await client.end()
  }
}
