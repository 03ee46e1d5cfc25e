import { expect, it } from 'vitest'
import { missingOptionals, readLock } from '../support/complete-lock.ts'

it('has a lock that npm ci takes on every platform (after a change of dependencies: npm run lock)', () => {
  expect([...missingOptionals(readLock()).keys()]).toEqual([])
})

it('names no registry in the lock', () => {
  const resolved = Object.entries(readLock().packages).filter(([, entry]) => 'resolved' in entry)
  expect(resolved).toEqual([])
})
