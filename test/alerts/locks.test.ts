import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { eq, sql } from 'drizzle-orm'
import { Client } from 'pg'
import { v7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type ChannelDeps, createChannel, deleteChannel, switchOffChannel } from '#alerts/channels'
import { deliverDue } from '#alerts/deliver'
import { makeDigests } from '#alerts/digest/make-digests'
import { readMarks } from '#alerts/digest/read-facts'
import { editChannels } from '#alerts/edit-channels'
import { editChannelsBody, newChannelBody } from '#alerts/fields'
import { validateInput } from '#api/http/validate'
import { alertChannels, alertDigests, alertQueues, auditLog } from '#db/tables'
import { silentLog } from '#platform/log'
import { keepChanges, sampleChange } from '../support/alert-channels.ts'
import { countDeadlocks } from '../support/count-deadlocks.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { sampleLead } from '../support/sample-lead.ts'
import { TestClock } from '../support/test-clock.ts'

const BY = { actor: 'key:sales' }
const clock = new TestClock('2026-11-20T05:00:00.000Z')

let database: HunterDatabase
let deps: ChannelDeps
let deadlocks: { count: number }
let holder: Client
let observer: Client
beforeAll(async () => {
  database = await createHunterDatabase()
  deadlocks = countDeadlocks(database.db)
  holder = new Client({ connectionString: database.url })
  observer = new Client({ connectionString: database.url })
  await Promise.all([holder.connect(), observer.connect()])
  const made = (count: number) => randomBytes(count)
  deps = { db: database.db, clock, newId: v7, isTrusted: () => false, pepper: 'pepper', randomBytes: made }
})
beforeEach(async () => {
  deadlocks.count = 0
  await database.db.execute(sql`truncate alert_channels, alert_queues, audit_log, companies cascade`)
})
afterAll(async () => {
  await Promise.all([holder.end(), observer.end()])
  await database.close()
})

const hook = (path: string) => `https://hooks.slack.com/${path}`

/** A channel that receives, with a digest. */
async function keep(name: string, address = hook(name)): Promise<string> {
  const input = validateInput(newChannelBody, { name, kind: 'slack', address, digest_hour: 8 })
  const { id } = await createChannel(deps, { ...input, ...BY })
  await database.db.update(alertChannels).set({ state: 'active' }).where(eq(alertChannels.id, id))
  return id
}

const edit = (...channels: { id: string; name?: string; address?: string; digest_hour?: number | null }[]) =>
  editChannels(deps, { ...validateInput(editChannelsBody, { channels }), ...BY })

/** Resolves when that many sessions wait for a lock. */
async function untilWaiting(sessions: number): Promise<void> {
  const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  while (((await observer.query(waiting)).rowCount ?? 0) < sessions) await pause(5)
}

/** Keeps what `lock` locks until all that `begin` begins wait for it, or for each other. */
async function runBehind(lock: string, begin: (() => Promise<unknown>)[]): Promise<void> {
  await holder.query('begin')
  await holder.query(lock)
  const running: Promise<unknown>[] = []
  for (const work of begin) {
    running.push(work())
    await untilWaiting(running.length)
  }
  await holder.query('rollback')
  await Promise.all(running)
}

it('lets two editors who name the same channels in another order take turns: both changes are there', async () => {
  const [one, other] = [await keep('one'), await keep('other')]
  await runBehind(`select from alert_channels where id = '${one}' for update`, [
    () => edit({ id: one, name: 'first' }, { id: other, address: hook('moved') }),
    () => edit({ id: other, digest_hour: 9 }, { id: one, address: hook('other') }),
  ])
  const rows = await database.db.select().from(alertChannels).orderBy(alertChannels.id)
  expect(rows).toMatchObject([
    { name: 'first', digestHour: 8, addressHint: 'hooks.slack.com…ther', state: 'unverified' },
    { name: 'other', digestHour: 9, addressHint: 'hooks.slack.com…oved', state: 'unverified' },
  ])
  expect(deadlocks.count).toBe(0)
})

it('leaves one queue for each address when two editors move the same channel', async () => {
  const id = await keep('one')
  await runBehind(`select from alert_channels where id = '${id}' for update`, [
    () => edit({ id, address: hook('first') }),
    () => edit({ id, address: hook('second') }),
  ])
  const [row] = await database.db.select().from(alertChannels)
  expect(await database.db.select().from(alertQueues)).toMatchObject([{ addressHash: row?.addressHash }])
})

it('deletes a channel while its digest is put into the outbox', async () => {
  const id = await keep('one')
  const marks = await readMarks(database.db)
  await database.db.update(alertChannels).set({ digestFrom: clock.now(), digestMarks: marks })
  const times = { fromAt: new Date(0), toAt: new Date(0), openedAt: new Date(0) }
  const digest = { id: randomUUID(), channelId: id, day: '2026-11-20', fromMarks: marks, toMarks: marks, ...times }
  await database.db.insert(alertDigests).values(digest)
  const backup = { state: 'unreadable' } as const
  const digestDeps = { ...deps, log: silentLog, readBackup: async () => backup }
  await runBehind('lock table lead_moves', [
    () => makeDigests(digestDeps),
    () => deleteChannel(deps, { channel: id, ...BY }),
  ])
  expect([await database.db.$count(alertChannels), deadlocks.count]).toEqual([0, 0])
})

it('never makes editors, deliverers and digests of the same channels wait in a circle', async () => {
  const deliver = () =>
    deliverDue(
      {
        ...deps,
        log: silentLog,
        random: () => 0,
        open: ({ id, name, kind, address, language }) => ({ id, name, kind, address, language, secrets: [] }),
        wait: async () => undefined,
        send: async () => ({ kind: 'sent', status: 200 }),
      },
      { until: new Date(clock.now().getTime() + 60_000) },
    )
  const digests = () => makeDigests({ ...deps, log: silentLog, readBackup: async () => null })
  for (let round = 0; round < 6; round += 1) {
    const ids = [await keep('one', hook('shared')), await keep('other', hook('shared')), await keep('third')]
    const [one, other, third] = ids as [string, string, string]
    for (let n = 0; n < 3; n += 1)
      await keepChanges(database.db, sampleLead({ domain: `a${n}.com.tr` }), [sampleChange(), sampleChange()])
    await Promise.all([
      edit({ id: one, digest_hour: 9 }, { id: other, address: hook('third') }, { id: third, name: 'x' }),
      edit({ id: third, address: hook('shared') }, { id: other, digest_hour: 9 }, { id: one, name: 'y' }),
      deliver(),
      digests(),
      switchOffChannel(deps, { channel: one, ...BY }),
      digests(),
      deliver(),
    ])
    for (const channel of ids) await deleteChannel(deps, { channel, ...BY })
  }
  expect([deadlocks.count, await database.db.$count(alertQueues)]).toEqual([0, 0])
  expect(await database.db.$count(auditLog, eq(auditLog.action, 'alert_channel.deleted'))).toBe(18)
})
