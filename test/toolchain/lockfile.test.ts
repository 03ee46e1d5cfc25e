import { expect, it } from 'vitest'
import { missingOptionals, readLock } from '../support/complete-lock.ts'

const POSTGRES_LOCK = 'test/versions/servers/package-lock.json'

it('has a lock that npm ci takes on every platform (after a change of dependencies: npm run lock)', () => {
  expect([...missingOptionals(readLock()).keys()]).toEqual([])
})

it.each(['package-lock.json', POSTGRES_LOCK])('names no registry in %s', (path) => {
  const resolved = Object.entries(readLock(path).packages).filter(([, entry]) => 'resolved' in entry)
  expect(resolved).toEqual([])
})

it('pins every server that backups are tried on to what was fetched first', () => {
  const servers = Object.entries(readLock(POSTGRES_LOCK).packages).filter(([path]) => path !== '')
  expect(servers.map(([path]) => path)).toEqual([13, 14, 15, 16, 17].map((major) => `node_modules/postgres-${major}`))
  for (const [, entry] of servers) expect(entry).toMatchObject({ integrity: expect.stringMatching(/^sha512-/) })
})
