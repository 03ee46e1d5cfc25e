import { expect, test } from 'vitest'
import { explainLocks, explainTargetLocks, planSessions } from '#backups/postgres/lock-room'
import { AppError } from '#platform/errors'

const room = { tables: 5_000, perTransaction: 64, transactions: 100 }

test.each([
  [
    { ...room, tables: 100 },
    { streams: 3, pgDumps: 2 },
  ],
  [
    { ...room, tables: 0 },
    { streams: 3, pgDumps: 2 },
  ],
  [
    { ...room, tables: 3_000 },
    { streams: 1, pgDumps: 2 },
  ],
  [room, { streams: 1, pgDumps: 1 }],
  [
    { ...room, tables: 50_000 },
    { streams: 1, pgDumps: 1 },
  ],
  [
    { ...room, perTransaction: 512 },
    { streams: 3, pgDumps: 2 },
  ],
])('a server with the room %j lets a dump open %j', (given, sessions) => {
  expect(planSessions(given, 3)).toEqual(sessions)
})

test('a server without room for locks gets the setting to change; other errors stay unchanged', () => {
  const full = Object.assign(new Error('out of shared memory'), { code: '53200' })
  expect(explainLocks('BACKUP_FAILED', { ...room, tables: 20_000 }, full)).toMatchObject({
    code: 'BACKUP_FAILED',
    message: expect.stringMatching(/lock 20000 tables .*per_transaction is 64\): set it to 300 or more and restart/),
    cause: full,
  })
  expect(explainTargetLocks([{ name: 'a' }, { name: 'a' }, { name: 'b' }], full)).toMatchObject({
    code: 'RESTORE_FAILED',
    message: expect.stringMatching(
      /the locks of 2 tables in one transaction: set its max_locks_per_transaction to 256/,
    ),
  })
  const other = new AppError('STORAGE_UNAVAILABLE', 'the bucket is silent')
  expect(explainLocks('BACKUP_FAILED', room, other)).toBe(other)
  expect(explainTargetLocks([], other)).toBe(other)
})
