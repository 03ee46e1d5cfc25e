/** A restore of an older backup does not bring erased companies back. */
import { randomBytes } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createChannel } from '#alerts/channels'
import { newChannelBody } from '#alerts/fields'
import { unsubscribeChannel } from '#alerts/unsubscribe'
import { buildUnsubscribeUrl } from '#alerts/unsubscribe-link'
import { validateInput } from '#api/http/validate'
import { withDatabase } from '#backups/postgres/session'
import { closeDatabase, createDatabase, type Database } from '#db/client'
import { migrate } from '#db/migrate'
import { alertChannels } from '#db/tables'
import { eraseLead } from '#leads/erasure/erase-lead'
import { createErasureKey } from '#leads/erasure/hash-domain'
import { systemClock } from '#platform/clock'
import { createJob } from '#scans/bulk/create-job'
import { normaliseDomain } from '#signals/normalise'
import { type BackupStack, startBackupStack } from '../../support/backup-stack.ts'
import { stubEnvironment } from '../../support/environment.ts'
import { hunterBackup as hunter } from '../../support/hunter-backup.ts'
import { MIGRATIONS } from '../../support/hunter-database.ts'
import { keepLead, sampleLead } from '../../support/sample-lead.ts'
import { isThorough } from '../../support/thorough.ts'
import { dump, rowsOf } from '../fixtures.ts'

let stack: BackupStack
let url: string
beforeAll(async () => {
  stack = await startBackupStack()
  url = stack.database.url
  const pepper = { SST_RESOURCE_KeyPepper: JSON.stringify({ value: 'pepper' }) }
  stubEnvironment({ ...stack.env, ...pepper, NO_COLOR: '1' })
  await migrate({ url, folder: MIGRATIONS })
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await stack.close()
})

async function inLive<T>(work: (db: Database) => Promise<T>): Promise<T> {
  const db = createDatabase({ url, maxConnections: 1, statementTimeoutMs: 30_000 })
  try {
    return await work(db)
  } finally {
    await closeDatabase(db)
  }
}

const keep = (...domains: string[]) =>
  inLive(async (db) => {
    for (const domain of domains) await keepLead(db, sampleLead({ domain }))
  })
const erase = (domain: string, pepper = 'pepper') =>
  inLive((db) =>
    eraseLead(
      { db, clock: systemClock, newId: v7, key: createErasureKey(pepper) },
      { domain: normaliseDomain(domain), actor: 'cli' },
    ),
  )
const domainsOf = async (of = url) =>
  (await rowsOf<{ domain: string }>(of, 'SELECT domain FROM companies ORDER BY domain')).map(({ domain }) => domain)
/** Adds an e-mail channel whose reader has confirmed it. */
const addChannel = (address: string) =>
  inLive(async (db) => {
    const deps = { db, clock: systemClock, newId: v7, isTrusted: () => false, pepper: 'pepper', randomBytes }
    const input = validateInput(newChannelBody, { name: address, kind: 'email', address })
    const { id } = await createChannel(deps, { ...input, actor: 'cli' })
    await db.update(alertChannels).set({ state: 'active' }).where(eq(alertChannels.id, id))
    return { id, address }
  })
const unsubscribe = (channel: { id: string; address: string }) =>
  inLive(async (db) => {
    const url = buildUnsubscribeUrl({ pepper: 'pepper' }, channel, 'https://hunter.example')
    const token = url.split('/').at(-1)!
    await unsubscribeChannel({ db, clock: systemClock, pepper: 'pepper' }, { token, requestId: 'test' })
  })
const readChannels = () =>
  rowsOf(
    url,
    'SELECT id, state, state_reason AS reason, unsubscribed_at IS NOT NULL AS "isTimed" FROM alert_channels ORDER BY created_at, id',
  )
const restore = (id: string, ...options: string[]) => hunter('restore', id, '--no-safety-backup', ...options)

test('a restore erases again what was erased since its backup, keeps companies that were stored again, and sends to no reader who unsubscribed', async () => {
  await keep('bir.com.tr', 'iki.com.tr', 'uc.com.tr')
  await inLive((db) =>
    createJob({ db, clock: systemClock, newId: v7, batchSize: 50 }, { inputs: ['www.dort.com.tr'], keyid: null }),
  )
  await erase('iki.com.tr')
  await keep('iki.com.tr') // stored again after its erasure
  const [left, kept] = [await addChannel('satis@firma.com.tr'), await addChannel('destek@firma.com.tr')]
  const { id } = await dump(stack.storage.store, url)
  await erase('bir.com.tr')
  await erase('dort.com.tr')
  await unsubscribe(left)

  const restored = await restore(id)
  expect(restored).toMatchObject({ status: 0, err: '' })
  expect(restored.out).toContain('applied 2 erasures since the backup again: 2 companies')
  expect(restored.out).toContain('left 1 channel switched off, because the reader unsubscribed')
  expect(await readChannels()).toEqual([
    { id: left.id, state: 'disabled', reason: expect.stringContaining('Unsubscribed by its reader'), isTimed: true },
    { id: kept.id, state: 'active', reason: null, isTimed: false },
  ])
  expect(await domainsOf()).toEqual(['iki.com.tr', 'uc.com.tr'])
  const inputsLeft = "SELECT (SELECT count(*)::int FROM scan_job_domains WHERE domain IS NOT NULL OR input <> '') AS inputs, (SELECT count(*)::int FROM erasures) AS erasures" // prettier-ignore
  expect(await rowsOf(url, inputsLeft)).toEqual([{ inputs: 0, erasures: 3 }])
})

test('an undo erases again, too, because the replaced database lacks the later erasures', async () => {
  await erase('uc.com.tr')
  const undone = await hunter('restore', '--undo')
  expect(undone.out).toContain('applied 1 erasure since the backup again: 1 company')
  expect(await domainsOf()).toEqual(['iki.com.tr'])
})

test.runIf(isThorough)(
  'without the key of the hashes, a restore changes nothing unless --no-erasures lets companies come back',
  async () => {
    await keep('bes.com.tr')
    const { id } = await dump(stack.storage.store, url)
    await erase('bes.com.tr', 'the pepper of another installation')
    const before = await domainsOf()
    for (const act of [[id, '--no-safety-backup'], ['--undo']]) {
      const refused = await hunter('restore', ...act)
      expect([act, refused.status, refused.err]).toEqual([act, 5, expect.stringContaining('ERASURES_NOT_APPLIED')])
      expect(await domainsOf()).toEqual(before)
    }
    const told = await restore(id, '--no-erasures', '--json')
    expect(told).toMatchObject({ status: 0 })
    expect(await domainsOf()).toEqual(['bes.com.tr', 'iki.com.tr'])
    const { keptAs } = JSON.parse(told.out) as { keptAs: string }
    expect(await domainsOf(withDatabase(url, keptAs))).toEqual(['iki.com.tr'])
  },
)
