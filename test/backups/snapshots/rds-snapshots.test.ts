import { RDSClient } from '@aws-sdk/client-rds'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parseBackupId } from '#backups/format/backup-id'
import { createClusterSnapshots, createInstanceSnapshots } from '#backups/snapshots/rds-snapshots'
import { startSnapshot } from '#backups/snapshots/start'
import { type RdsStub, startRdsStub } from '#emulators/rds/server'
import { TestClock } from '../../support/test-clock.ts'

const ID = parseBackupId('20261120T000000Z-abcdef')
const clock = new TestClock()
let stub: RdsStub
let rds: RDSClient

beforeEach(async () => {
  const fails = (id: string) => id.endsWith('bad')
  stub = await startRdsStub({ clock, clusters: ['db', 'db-2'], instances: ['db', 'db-2'], creationMs: 60_000, fails })
  rds = new RDSClient({
    endpoint: stub.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  })
})
afterEach(() => stub.close())

describe.each([
  ['an Aurora cluster', createClusterSnapshots],
  ['an RDS instance', createInstanceSnapshots],
])('the snapshots of %s', (_name, open) => {
  test('are started with tags without waiting, become available or fail, and are removed once', async () => {
    const snapshots = open(rds, 'db')
    const tags = { 'hunter:source': 'hunter', 'hunter:backup': ID }
    expect(await startSnapshot(snapshots, { source: 'hunter', id: ID })).toBe('hunter-20261120t000000z-abcdef')
    await snapshots.start('bad', tags)
    await open(rds, 'db-2').start('of-another', tags)
    const createdAt = clock.now()
    const both = (status: string, badStatus: string) => [
      { identifier: 'bad', status: badStatus, tags, createdAt },
      { identifier: 'hunter-20261120t000000z-abcdef', status, tags, createdAt },
    ]
    expect(await snapshots.list()).toEqual(both('creating', 'creating'))
    clock.advanceMs(60_000)
    expect(await snapshots.list()).toEqual(both('available', 'failed'))
    await snapshots.remove('bad')
    await snapshots.remove('bad')
    expect(await snapshots.list()).toHaveLength(1)
  })

  test.each([
    ['shop', 'shop-20261120t000000z-abcdef'],
    ['4ever--young-', 'db-4ever-young-20261120t000000z-abcdef'],
    ['x'.repeat(63), `${'x'.repeat(38)}-20261120t000000z-abcdef`],
    [`${'x'.repeat(37)}-y`, `${'x'.repeat(37)}-20261120t000000z-abcdef`],
  ])('have a name that RDS accepts, for the source %s', async (source, identifier) => {
    const snapshots = open(rds, 'db')
    expect(await startSnapshot(snapshots, { source, id: ID })).toBe(identifier)
    expect(await snapshots.list()).toMatchObject([{ identifier, tags: { 'hunter:source': source } }])
  })

  test('are listed to the last page', async () => {
    const snapshots = open(rds, 'db')
    for (let number = 10; number < 50; number += 1) await snapshots.start(`s-${number}`, {})
    expect(await snapshots.list()).toHaveLength(40)
  })

  test('report what went wrong', async () => {
    await expect(open(rds, 'none').start('s', {})).rejects.toMatchObject({
      code: 'SNAPSHOT_FAILED',
      message: expect.stringMatching(/did not start: .*none/),
    })
    const snapshots = open(rds, 'db')
    await snapshots.start('young', {})
    await expect(snapshots.remove('young')).rejects.toMatchObject({ code: 'SNAPSHOT_FAILED' })
  })
})
