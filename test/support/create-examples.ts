import { randomBytes } from 'node:crypto'
import { eq } from 'drizzle-orm'
import { createChannelSeal, hashAddress } from '#alerts/channel-secrets'
import { buildUnsubscribeUrl } from '#alerts/unsubscribe-link'
import type { Database } from '#db/client'
import { alertChannels, alertDeliveries, alertQueues, apiKeys } from '#db/tables'
import { keepChanges, sampleChange } from './alert-channels.ts'
import { sampleLead } from './sample-lead.ts'
import { PEPPER, type TestApi } from './test-api.ts'

/** Id of the key in the contract's example of a new webhook. */
const SENDER = '3kTMd92aXb0Q'

/**
 * Creates what the contract's examples name, and returns the ids in the place of the path parameters. `key` is an
 * administrator's, and signs what it delivers from now on.
 */
export async function createExamples(api: TestApi, db: Database, key: string): Promise<Record<string, string>> {
  const sender = { keyid: SENDER, name: 'sender', scopes: ['write' as const], secretHmac: Buffer.alloc(32) }
  await db.insert(apiKeys).values(sender).onConflictDoNothing()
  await api.signAs(key)
  const keyid = (await api.key(['write'])).split('_')[2] ?? ''
  const post = async (path: string, body: object) => {
    const { data } = (await api.call('POST', `/api/v1${path}`, { key, body })).body
    return String(data['id'])
  }
  return {
    keyid,
    ...(await keepExampleChannel(db)),
    job: await post('/scan/bulk', { domains: ['acme.com.tr', '10.0.0.1'] }),
    import: await post('/ingest/csv', { csv: 'domain\nacme.com.tr\n192.0.2.1\n' }),
    webhook: await post('/admin/webhooks', { name: 'form', keyid }),
    session: (await api.signIn(key)).Cookie.slice('__Host-hunter='.length).split('.')[0] ?? '',
  }
}

/** The contract's examples have these ids, and the code of the channel's test message. */
const CHANNEL = { id: '0190f0a0-0000-7000-8000-000000000000', address: 'https://crm.acme.com.tr/hunter' }
const DELIVERY = '0190f0a0-0000-7000-8000-000000000001'

/** Keeps a webhook that works, with an alert that waits for it. */
export async function keepExampleChannel(db: Database): Promise<Record<'channel' | 'delivery' | 'token', string>> {
  const { id, address } = CHANNEL
  const seal = createChannelSeal({ pepper: PEPPER, randomBytes: (count) => randomBytes(count) }, id)
  const addressHash = hashAddress({ pepper: PEPPER }, address)
  const row = {
    id,
    name: 'CRM',
    kind: 'webhook' as const,
    address: seal.encrypt(address),
    addressHint: 'crm.acme.com.tr…nter',
    addressHash,
    secret: seal.encrypt(`whsec_${randomBytes(32).toString('base64')}`),
    types: null,
    segments: null,
    priorityMax: null,
    digestHour: null,
    language: 'en' as const,
    timezone: 'Europe/Istanbul',
    state: 'active' as const,
    createdAt: new Date('2026-11-20T00:00:00Z'),
  }
  await db.insert(alertQueues).values({ addressHash, nextAt: row.createdAt }).onConflictDoNothing()
  await db.insert(alertChannels).values(row).onConflictDoUpdate({ target: alertChannels.id, set: row })
  if ((await db.$count(alertDeliveries, eq(alertDeliveries.id, DELIVERY))) === 0) {
    await keepChanges(db, sampleLead({ domain: 'hunter-demo-finans.com.tr' }), [sampleChange()])
    const [waiting] = await db.select().from(alertDeliveries).where(eq(alertDeliveries.channelId, id))
    await db.update(alertDeliveries).set({ id: DELIVERY }).where(eq(alertDeliveries.id, waiting!.id))
  }
  const link = buildUnsubscribeUrl({ pepper: PEPPER }, CHANNEL, 'https://hunter.test')
  return { channel: id, delivery: DELIVERY, token: link.slice(link.lastIndexOf('/') + 1) }
}
