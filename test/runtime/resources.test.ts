import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { findResource, getResource } from '#runtime/resources'

const DATABASE = { host: 'db.example', port: 5432, username: 'hunter', password: '', database: 'hunter' }

/** All before the first look at a link, which reads every one. */
const LINKS: Record<string, unknown> = {
  App: { name: 'hunter', stage: 'test', more: true },
  Database: { ...DATABASE, port: '5432' },
  ProofServer: { ...DATABASE, port: 'none' },
  Redis: { url: 'https://redis.example', token: '' },
  Backups: null,
  Transfers: { name: 5 },
  ScanQueue: 'https://queue.example',
  ScanQueueDead: {},
  BackupKey: { value: '' },
}
beforeAll(() => {
  for (const [name, value] of Object.entries(LINKS)) vi.stubEnv(`SST_RESOURCE_${name}`, JSON.stringify(value))
})
afterAll(() => vi.unstubAllEnvs())

it('reads the fields of a link, and nothing else that it has', () => {
  expect(getResource('App')).toEqual({ name: 'hunter', stage: 'test' })
  expect(getResource('Database')).toEqual(DATABASE)
  expect(findResource('BackupKey')).toEqual({ value: '' })
  expect(findResource('KeyPepper')).toBeUndefined()
})

it.each(['ProofServer', 'Redis', 'Backups', 'Transfers', 'ScanQueue', 'ScanQueueDead'] as const)(
  'refuses the link to %s when a field is missing or has another shape',
  (name) => {
    expect(() => findResource(name)).toThrow(`the resource ${name} is not linked or not valid`)
    expect(() => getResource(name)).toThrow(expect.objectContaining({ code: 'SETTING_INVALID' }))
  },
)

it('refuses a resource that is not linked', () => {
  expect(() => getResource('KeyPepper')).toThrow('the resource KeyPepper is not linked or not valid')
})
