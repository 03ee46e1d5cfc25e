import * as fc from '../../support/seeded.ts'
import { expect, test } from 'vitest'
import { isBackupId, createBackupId, parseBackupId } from '#backups/format/backup-id'
import { parseManifestKeyId, buildBackupKeys } from '#backups/format/object-keys'

const instants = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
const digits = fc.integer({ min: 0, max: 0xff_ff_ff }).map((number) => number.toString(16).padStart(6, '0'))

test('sorts by time and can be parsed from the key of its manifest', () => {
  fc.assert(
    fc.property(instants, instants, digits, (one, other, random) => {
      const ids = [createBackupId(one, random), createBackupId(other, random)] as const
      const seconds = [one, other].map((date) => Math.floor(date.getTime() / 1_000)) as [number, number]
      expect(Math.sign(Number(ids[0] > ids[1]) - Number(ids[0] < ids[1]))).toBe(Math.sign(seconds[0] - seconds[1]))
      expect(parseManifestKeyId(buildBackupKeys('hunter', ids[0]).manifest)).toBe(ids[0])
    }),
  )
})

test('puts all objects of a backup into one folder, by year and month', () => {
  expect(buildBackupKeys('hunter', parseBackupId('20261120T030000Z-4f9c2a'))).toEqual({
    dump: 'hunter/2026/11/20261120T030000Z-4f9c2a/dump.sql.gz',
    config: 'hunter/2026/11/20261120T030000Z-4f9c2a/config.tar.gz',
    manifest: 'hunter/2026/11/20261120T030000Z-4f9c2a/manifest.json',
    proof: 'hunter/2026/11/20261120T030000Z-4f9c2a/proof.json',
    run: 'hunter/2026/11/20261120T030000Z-4f9c2a/run.json',
    notes: 'hunter/2026/11/20261120T030000Z-4f9c2a/notes.json',
  })
})

test.each([
  '',
  'latest',
  '20261120T030000Z',
  '20261120T030000Z-4F9C2A',
  '20261320T030000Z-4f9c2a', // there is no 13th month
  '20260230T030000Z-4f9c2a', // nor a 30th of February
  '20261120T030000Z-4f9c2a/..',
  ' 20261120T030000Z-4f9c2a',
  '20261120T030000Z-4f9c2a\n',
])('refuses %j', (text) => {
  expect(isBackupId(text)).toBe(false)
  expect(() => parseBackupId(text)).toThrowError(expect.objectContaining({ code: 'BACKUP_ID_INVALID' }))
})
