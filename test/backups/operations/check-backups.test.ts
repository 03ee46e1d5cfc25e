import { expect, test } from 'vitest'
import { type BackupId, createBackupId } from '#backups/format/backup-id'
import type { BackupEntry } from '#backups/store/catalog'
import { checkBackups, isOfData } from '#backups/operations/check-backups'
import type { UnprovenRun } from '#backups/operations/failed-runs'
import type { ConfigManifest } from '#backups/format/manifest'
import { formatCheckLine } from '#cli/backup/check-line'
import { parseDuration } from '#cli/duration'
import { manifestOf, proofOf } from '../made-up.ts'

const NOW = new Date('2026-11-20T12:00:00Z')
const HOUR_MS = 3_600_000
const LIMITS = { now: NOW, maxAgeMs: 26 * HOUR_MS, minLevel: 4 }

const idOf = (hoursAgo: number): BackupId => createBackupId(new Date(NOW.getTime() - hoursAgo * HOUR_MS), 'abcdef')

function backup(hoursAgo: number, level?: number, pinned?: string): BackupEntry {
  const id = idOf(hoursAgo)
  const manifest = { ...manifestOf(id), ...(pinned === undefined ? {} : { pinned }) }
  if (level === undefined) return { id, readable: true, manifest, proof: undefined, state: 'unproven' }
  const proof = { ...proofOf(id), level, verified: level >= 4 }
  return { id, readable: true, manifest, proof, state: level >= 4 ? 'verified' : 'failed' }
}

const failedRun: UnprovenRun = {
  id: idOf(2), source: 'shop', startedAt: NOW.toISOString(), host: 'db1', state: 'failed', hasBackup: false,
  code: 'DATABASE_UNAVAILABLE', reason: 'no | answer',
} // prettier-ignore

const check = (entries: BackupEntry[], limits = LIMITS, runs: UnprovenRun[] = []) =>
  checkBackups({ source: 'shop', entries, runs }, limits)

test('passes while the newest backup at the level is young enough, to the minute', () => {
  expect(check([backup(1), backup(25.9, 4)])).toMatchObject({ passed: true, id: idOf(25.9), level: 4 })
  expect(check([backup(1), backup(26.1, 4)])).toMatchObject({ passed: false, reason: expect.stringMatching(/too old/) })
})

test('requires the level that the caller names', () => {
  expect(check([backup(1, 4)], { ...LIMITS, minLevel: 5 })).toMatchObject({ passed: false })
  expect(check([backup(1, 5)], { ...LIMITS, minLevel: 5 })).toMatchObject({ passed: true })
  expect(check([backup(1, 3)], { ...LIMITS, minLevel: 3 })).toMatchObject({ passed: true, level: 3 })
  expect(check([backup(1)])).toEqual({ source: 'shop', passed: false, reason: 'no backup is proven at level 4' })
  expect(check([backup(1)], { ...LIMITS, minLevel: 0 })).toMatchObject({ passed: true, level: 0 })
  expect(check([], { ...LIMITS, minLevel: 0 })).toMatchObject({ passed: false, reason: 'there is no backup' })
})

test('counts neither unreadable backups nor safety backups', () => {
  const damaged: BackupEntry = { id: idOf(1), readable: false, reason: 'not JSON', state: 'failed' }
  expect(check([damaged, backup(2, 4, 'taken before …')], { ...LIMITS, minLevel: 0 })).toMatchObject({ passed: false })
})

test('names the newest backup that is damaged', () => {
  const damaged: BackupEntry = { id: idOf(1), readable: false, reason: 'it has 0 bytes', state: 'failed' }
  const reason = `no backup is proven at level 4; the newest, ${idOf(1)}, is damaged: it has 0 bytes`
  expect(check([damaged], LIMITS, [failedRun])).toEqual({ source: 'shop', passed: false, reason })
  expect(check([damaged, backup(2, 4)])).toMatchObject({ passed: true, id: idOf(2) })
})

test('ignores a backup from the future', () => {
  const ahead = check([backup(-24 * 365, 4), backup(1, 4)])
  expect(ahead).toMatchObject({ passed: false, id: idOf(1), reason: expect.stringContaining('from the future') })
  expect(check([backup(-0.05, 4)])).toMatchObject({ passed: true, ageMs: 0 }) // clocks differ by minutes
})

test('names a failed run only if it is newer than the backup', () => {
  expect(check([backup(1, 4)], LIMITS, [failedRun])).not.toHaveProperty('failedRun')
  expect(check([backup(20, 4)], LIMITS, [failedRun])).toMatchObject({ passed: true, failedRun })
  expect(check([backup(1), backup(20, 4)], LIMITS, [failedRun])).not.toHaveProperty('failedRun') // a later run made one
  expect(check([backup(20, 4)], LIMITS, [{ ...failedRun, state: 'running' }])).not.toHaveProperty('failedRun')
})

test('prints one line with the performance data that monitors plot', () => {
  expect(formatCheckLine([check([backup(13, 4)])], LIMITS)).toBe(
    `BACKUP OK - shop: ${idOf(13)}, level 4, 13.0 h old, limit 26.0 h | 'shop age'=46800s;;93600;0 'shop level'=4;;4:;0;5`,
  )
  const never = { source: 'other', passed: false, reason: 'there is no backup', failedRun }
  expect(formatCheckLine([check([backup(13, 4)]), never], LIMITS)).toMatch(
    /^BACKUP CRITICAL - other: there is no backup, its last run failed \(DATABASE_UNAVAILABLE: no {3}answer\); shop: .* \| 'shop age'/,
  )
  expect(formatCheckLine([never], LIMITS)).not.toContain('|')
})

test('backups of settings alone do not count', () => {
  const manifest = { ...manifestOf(idOf(1)), kind: 'config' } as unknown as ConfigManifest
  const settings: BackupEntry = { id: idOf(1), readable: true, manifest, proof: undefined, state: 'unproven' }
  expect(isOfData({ source: 'shop-config', entries: [settings], runs: [] })).toBe(false)
  expect(isOfData({ source: 'shop', entries: [], runs: [failedRun] })).toBe(true)
})

test.each([['90m', 1.5], ['26h', 26], ['1.5h', 1.5], ['2d', 48], ['1w', 168], ['7200s', 2]])('%s are %d hours', (text, hours) => {
  expect(parseDuration(text, '--max-age')).toBe(hours * HOUR_MS)
}) // prettier-ignore

test.each(['', '26', '0h', '-1h', 'h', '1y', '1e3h', '26 h'])('%j is refused as a duration', (text) => {
  expect(() => parseDuration(text, '--max-age')).toThrow('--max-age must be a duration such as 90m')
})
