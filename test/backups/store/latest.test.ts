import { describe, expect, test } from 'vitest'
import { type BackupId, createBackupId } from '#backups/format/backup-id'
import type { BackupEntry } from '#backups/store/catalog'
import { chooseLatest } from '#backups/store/latest'
import { type ConfigManifest } from '#backups/format/manifest'
import { manifestOf, proofOf } from '../made-up.ts'

const NOW = new Date('2026-11-20T00:00:00Z')
const idOf = (day: number): BackupId => createBackupId(new Date(Date.UTC(2026, 10, day)), 'abcdef')

function backup(day: number, verified?: boolean, pinned?: string): BackupEntry {
  const id = idOf(day)
  const manifest = { ...manifestOf(id), ...(pinned === undefined ? {} : { pinned }) }
  if (verified === undefined) return { id, readable: true, manifest, proof: undefined, state: 'unproven' }
  return { id, readable: true, manifest, proof: proofOf(id), state: verified ? 'verified' : 'failed' }
}

function settings(day: number): BackupEntry {
  const manifest = { ...manifestOf(idOf(day)), kind: 'config' } as unknown as ConfigManifest
  return { id: idOf(day), readable: true, manifest, proof: proofOf(idOf(day)), state: 'verified' }
}

const damaged: BackupEntry = { id: idOf(9), readable: false, reason: 'not JSON', state: 'failed' }
const shop = (...entries: BackupEntry[]) => ({ source: 'shop', entries })

describe('the latest backup', () => {
  test('is never one from the future, which is skipped by name', () => {
    const all = [shop(backup(30, true), backup(6, true))]
    const passedOver = [{ id: idOf(30), why: 'stamped 10 days ahead of now' }]
    expect(chooseLatest(all, 'verified', NOW)).toEqual({ source: 'shop', id: idOf(6), passedOver })
    expect(chooseLatest(all, 'newest', NOW)).toMatchObject({ id: idOf(6) })
    expect(() => chooseLatest([shop(backup(30, true))], 'verified', NOW)).toThrow('stamped 10 days ahead of now')
  })

  test('for a restore is the newest verified one, and the newer ones are named with a reason', () => {
    const all = [shop(damaged, backup(8), backup(7, false), backup(6, true), backup(5, true))]
    expect(chooseLatest(all, 'verified', NOW)).toEqual({
      source: 'shop',
      id: idOf(6),
      passedOver: [
        { id: idOf(9), why: 'not JSON' },
        { id: idOf(8), why: 'not proven yet' },
        { id: idOf(7), why: 'its proof failed' },
      ],
    })
    expect(chooseLatest(all, 'newest', NOW)).toEqual({ source: 'shop', id: idOf(9), passedOver: [] })
  })

  test('is never a safety backup', () => {
    const all = [shop(backup(9, true, 'taken before … was restored'), backup(5, true))]
    expect(chooseLatest(all, 'verified', NOW)).toMatchObject({ id: idOf(5), passedOver: [] })
  })

  test('of several databases needs a name; settings beside one database do not matter', () => {
    const other = { source: 'other', entries: [backup(4, true)] }
    expect(() => chooseLatest([shop(backup(5, true)), other], 'newest', NOW)).toThrow(
      'backups of shop, other: choose one with --name',
    )
    const config = { source: 'shop-config', entries: [settings(9)] }
    expect(chooseLatest([config, shop(backup(5, true))], 'newest', NOW)).toMatchObject({ source: 'shop' })
    expect(chooseLatest([config], 'newest', NOW)).toMatchObject({ source: 'shop-config' })
  })

  test('is an error if no backup is verified, or none exists', () => {
    expect(() => chooseLatest([shop(backup(8))], 'verified', NOW)).toThrow(
      expect.objectContaining({ code: 'BACKUP_UNPROVEN', message: expect.stringContaining(`newest is ${idOf(8)}`) }),
    )
    expect(() => chooseLatest([shop()], 'newest', NOW)).toThrow(expect.objectContaining({ code: 'BACKUP_NOT_FOUND' }))
  })
})
