import { expect, test } from 'vitest'
import { type BackupId, createBackupId } from '#backups/format/backup-id'
import type { BackupEntry } from '#backups/store/catalog'
import { planForget, requireForgettable } from '#backups/retention/forget'
import { manifestOf, proofOf } from '../made-up.ts'

const NOW = new Date('2026-11-20T12:00:00Z')
const idOf = (day: number): BackupId => createBackupId(new Date(Date.UTC(2026, 10, day)), 'abcdef')

interface Pinned {
  pinned: string
  pinnedUntil?: string
}

function backup(day: number, state: 'verified' | 'failed' | 'unproven', pin?: Pinned): BackupEntry {
  const manifest = { ...manifestOf(idOf(day)), ...pin }
  const proof = state === 'unproven' ? undefined : proofOf(idOf(day))
  return { id: idOf(day), readable: true, manifest, proof, state }
}
const damaged = (day: number): BackupEntry => ({ id: idOf(day), readable: false, reason: 'not JSON', state: 'failed' })
const decide = (entries: BackupEntry[], day: number) => planForget(entries, idOf(day), NOW)
const PIN = { pinned: 'taken before … was restored' }

test('the last verified backup stays, however many others there are', () => {
  const entries = [
    backup(9, 'unproven'),
    backup(8, 'failed'),
    backup(7, 'verified'),
    backup(6, 'verified', PIN),
    damaged(5),
  ]
  const refused = decide(entries, 7)
  expect(refused).toMatchObject({ action: 'refuse', reason: 'it is the last verified backup of its name' })
  expect(() => requireForgettable(refused)).toThrow(expect.objectContaining({ code: 'BACKUP_PROTECTED' }))
  for (const day of [9, 8, 5]) expect(() => requireForgettable(decide(entries, day))).not.toThrow()
})

test('either of two verified backups may be removed, even the newest', () => {
  const entries = [backup(9, 'verified'), backup(8, 'verified')]
  expect(decide(entries, 9)).toMatchObject({
    action: 'forget',
    reason: 'it is verified; verified backups left under its name: 1',
  })
})

test('no backup is removed if none is verified', () => {
  const entries = [backup(9, 'unproven'), backup(8, 'failed'), damaged(7)]
  for (const [day, what] of [[9, 'not proven'], [8, 'proof failed'], [7, 'cannot be read (not JSON)']] as const) {
    expect(decide(entries, day)).toMatchObject({ action: 'refuse', reason: expect.stringContaining(what) })
  } // prettier-ignore
})

test('a pinned backup stays until its pin ends', () => {
  const over = { ...PIN, pinnedUntil: '2026-11-19T00:00:00.000Z' }
  const entries = [backup(9, 'verified'), backup(8, 'verified', PIN), backup(7, 'verified', over)]
  expect(decide(entries, 8)).toMatchObject({ action: 'refuse', reason: `it is pinned: ${PIN.pinned}` })
  expect(decide(entries, 7)).toMatchObject({ action: 'forget' })
})

test('the record of a run without a backup may be removed', () => {
  expect(decide([], 9)).toMatchObject({ action: 'forget', reason: 'its run left no backup' })
})
