import { randomUUID } from 'node:crypto'
import type { SESv2Client } from '@aws-sdk/client-sesv2'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { deliverDue, type DeliverDeps } from '#alerts/deliver'
import { makeDigests } from '#alerts/digest/make-digests'
import type { Message, OpenChannel } from '#alerts/message'
import { createEmailSender } from '#alerts/send/email'
import { createSender } from '#alerts/send/sender'
import { type PartnerCenter, startPartnerCenter } from '#emulators/partner-center/server'
import { formatTime, writeReferral } from '#emulators/partner-center/referral'
import { silentLog } from '#platform/log'
import { keepChanges, keepChannel, keepMove, sampleChange } from '../support/alert-channels.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { createPartnerWorld } from '../support/partner-world.ts'
import { keepLead, sampleLead } from '../support/sample-lead.ts'
import { startStubReceiver, type StubReceiver } from '../support/stub-receiver.ts'
import { createStubSes } from '../support/stub-ses.ts'
import { TestClock } from '../support/test-clock.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

let database: HunterDatabase
let stub: StubReceiver
let ses: SESv2Client
let center: PartnerCenter
beforeAll(async () => {
  ;[database, center] = await Promise.all([createHunterDatabase(), startPartnerCenter()])
  stub = await startStubReceiver()
  ses = createStubSes(stub)
})
afterAll(async () => {
  ses.destroy()
  await Promise.all([stub.close(), center.close()])
  await database.close()
})

const domain = (n: number) => `firma-${n}.com.tr`

/** Thirty referrals for twelve domains: Hunter knows eight of them. A tenant makes six Existing, and two become Migration. */
function keepReferrals(now: Date): void {
  center.referrals.length = 0
  for (let n = 0; n < 30; n += 1) {
    const company = n % 12
    const host = company < 8 ? domain(100 + company) : `yeni-${company}.com.tr`
    const ids = company < 6 ? { External: `7d4f1c2b-8a1e-4c55-9e0a-3f6d5b7a9c${10 + company}` } : {}
    const updated = formatTime(new Date(now.getTime() - (60 - n) * MINUTE_MS))
    center.referrals.push(writeReferral({ id: `r${n}`, emails: [`a${n}@${host}`], ids, updated }))
  }
}

/** 200 companies that are known, none of them in the segment Migration. */
async function keepCompanies(): Promise<void> {
  for (let n = 0; n < 200; n += 1)
    await keepLead(database.db, sampleLead({ domain: domain(n), segment: 'Cold', score: n % 100 }))
}

it('sends each channel what it wants, once, on two days of which one has 25 hours elsewhere', async () => {
  const clock = new TestClock('2026-10-31T00:30:00.000Z')
  const table: string[][] = []
  stub.answer = (response, { url, body }) => {
    const time = clock.now().toISOString().slice(5, 16).replace('T', ' ')
    table.push([time, ...summarise(url, JSON.parse(body.toString()) as Body)])
    const down = url === '/teams'
    response.writeHead(down ? 503 : 200, { 'Content-Type': 'application/json' })
    response.end(url === '/slack' ? 'ok' : '{"MessageId":"1"}')
  }
  const base = `http://127.0.0.1:${stub.port}`
  const { db } = database
  await keepCompanies()
  const daily = { digestHour: 8, timezone: 'Europe/Istanbul' }
  await keepChannel(db, { name: 'Satış', kind: 'slack', address: `${base}/slack`, language: 'tr', ...daily })
  // an hour later: what Slack gets does not depend on which of the two is sent first
  await keepChannel(db, { name: 'Down', kind: 'teams', address: `${base}/teams`, ...daily, digestHour: 9 })
  await keepChannel(db, { name: 'CRM', kind: 'webhook', secret: 's', address: `${base}/crm`, types: ['dmarc_removed'] })
  const newYork = { ...daily, timezone: 'America/New_York' }
  await keepChannel(db, { name: 'Boss', kind: 'email', address: 'boss@acme.com', ...newYork })

  const send = createSender({
    http: { network: { resolve: async () => [], isTrusted: () => true }, timeoutMs: 10_000 },
    loadEmail: async () => createEmailSender({ ses, from: 'alerts@hunter.example', timeoutMs: 10_000 }),
  })
  const deps: DeliverDeps = {
    db,
    clock,
    log: silentLog,
    newId: randomUUID,
    random: () => 0,
    open: ({ id, name, kind, address, language }): OpenChannel => {
      const secrets = kind === 'webhook' ? [`whsec_${Buffer.alloc(32, 7).toString('base64')}`] : []
      return { id, name, kind, address, language, secrets }
    },
    wait: async () => undefined,
    send: (channel, message: Message) => send(channel, message),
  }
  const readBackup = async () => null
  const partner = createPartnerWorld(db, center, clock)
  await partner.connect()
  const syncs: unknown[] = []
  const run = async () => {
    await makeDigests({ db, clock, log: silentLog, newId: randomUUID, readBackup })
    await deliverDue(deps, { until: new Date(clock.now().getTime() + HOUR_MS) })
  }
  /** What happens at some hours, in UTC. */
  const happens: Record<string, () => Promise<void>> = {
    '10-31T10': async () => {
      for (let n = 0; n < 20; n += 1) await keepMove(db, sampleLead({ domain: domain(n), segment: 'Existing' }))
    },
    '10-31T12': async () => {
      const lead = sampleLead({ domain: domain(30), segment: 'Cold' })
      await keepChanges(db, lead, [sampleChange({ at: clock.now().toISOString() })])
    },
    '10-31T14': async () => {
      keepReferrals(clock.now())
      for (let n = 0; n < 2; n += 1) syncs.push(await partner.sync())
    },
    '11-01T09': async () => {
      for (const n of [40, 41]) {
        const entered = sampleChange({ type: 'segment_changed', old: 'Cold', new: 'Migration' })
        await keepChanges(db, sampleLead({ domain: domain(n) }), [entered])
      }
    },
  }
  while (clock.now() < new Date('2026-11-02T14:00:00Z')) {
    const [hour, minute] = [clock.now().toISOString().slice(5, 13), clock.now().getUTCMinutes()]
    if (minute === 30) await happens[hour]?.()
    await run()
    // the full hour, a minute later and half an hour later
    clock.advanceMs(minute === 0 ? MINUTE_MS : minute === 1 ? 29 * MINUTE_MS : 30 * MINUTE_MS)
  }

  expect(syncs).toMatchObject([
    { seen: 30, changed: 30, scanned: 4, skipped: 0, isComplete: true },
    { changed: 0, scanned: 0 },
  ])
  expect(table.filter(([, channel]) => channel !== 'teams')).toEqual([
    ['10-31 12:01', 'email', 'Hunter, 31 October: 20 moved'],
    ['10-31 12:30', 'webhook', 'alert.dmarc_removed firma-30.com.tr'],
    ['11-01 05:01', 'slack', 'Hunter, 1 Kasım: 20 taşınma, 2 yeni Migration adayı, 7 uyarı'],
    ['11-01 13:01', 'email', 'Hunter, 1 November: 4 new Migration leads, 7 alerts, 1 failed channel'],
    ['11-02 05:01', 'slack', 'Hunter, 2 Kasım: 2 yeni Migration adayı, 1 kanal çalışmıyor'],
    ['11-02 13:01', 'email', 'Hunter, 2 November: 1 failed channel'],
  ])
  const toTeams = table.filter(([, channel]) => channel === 'teams')
  expect(toTeams[0]).toEqual(['11-01 06:01', 'teams', 'Hunter, 1 November: 20 moved, 2 new Migration leads, 7 alerts'])
  // tried later and later: within the first day and a half no message is lost, and none is sent twice
  expect(toTeams.length).toBeLessThan(16)
})

interface Body {
  text?: string
  attachments?: { content: { body: { inlines: { text: string }[] }[] } }[]
  type?: string
  data?: { domain: string }
  Content?: { Simple: { Subject: { Data: string } } }
}

/** The channel, and what its message says in short. */
function summarise(url: string, { text = '', attachments, type, data, Content }: Body): [string, string] {
  if (url === '/slack') return ['slack', text]
  if (url === '/teams') return ['teams', attachments?.[0]?.content.body[0]?.inlines[0]?.text ?? '']
  if (url === '/crm') return ['webhook', `${type} ${data?.domain}`]
  return ['email', Content?.Simple.Subject.Data ?? '']
}
