import { describe, expect, test } from 'vitest'
import { parseBackupId } from '#backups/format/backup-id'
import { planProofRequests } from '#backups/proof/request-missing'

const ID = parseBackupId('20261120T000000Z-abcdef')
const NOW = new Date('2026-11-20T12:00:00Z')
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000)

describe('a missing proof is requested again', () => {
  test.each([
    ['not while the first request may still run', 4.9, [], 'wait'],
    ['once the first request must have ended', 5, [], 'ask'],
    ['not while the second may still run', 10, [4.9], 'wait'],
    ['three times', 20, [10, 5], 'ask'],
    ['of one that a wrong clock stamped years ahead', -40_000, [], 'ask'],
    ['after a wrong clock had it asked for years ahead', 20, [-40_000], 'ask'],
    ['and then no more', 20, [15, 10, 5], 'give-up'],
  ] as const)('%s', (_what, written, asked, action) => {
    const backup = { id: ID, writtenAt: hoursAgo(written), askedAt: asked.map(hoursAgo) }
    expect(planProofRequests([backup], NOW)).toMatchObject([{ id: ID, action }])
  })
})
