import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hash } from 'bcryptjs'
import { eq, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { computeCode } from '#alerts/channel-secrets'
import { type CommandNode, readTree } from '#cli/completion/tree'
import { rootCommand } from '#cli/root'
import { alertDeliveries, auditLog, partnerCenter } from '#db/tables'
import { startInbox } from '#emulators/inbox/server'
import { openSession } from '#keys/sessions/lifecycle'
import { createKey } from '#keys/verify-key'
import { systemClock } from '#platform/clock'
import { createJob } from '#scans/bulk/create-job'
import { keepChannel, keepChanges, sampleChange } from '../support/alert-channels.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { hunterInProcess } from '../support/run-in-process.ts'
import { keepLead, sampleLead } from '../support/sample-lead.ts'

let database: HunterDatabase
let dir: string
let inbox: Awaited<ReturnType<typeof startInbox>>
let hunter: ReturnType<typeof hunterInProcess>
beforeAll(async () => {
  database = await createHunterDatabase()
  dir = await mkdtemp(join(tmpdir(), 'hunter-audit-'))
  inbox = await startInbox(() => undefined)
  hunter = hunterInProcess({
    HUNTER_DATABASE_URL: database.url,
    HUNTER_DATA_DIR: dir,
    HUNTER_ALERT_HOSTS: new URL(inbox.url).host,
    SST_RESOURCE_KeyPepper: JSON.stringify({ value: 'pepper' }),
  })
})
afterAll(async () => {
  await inbox.close()
  await database.close()
  await rm(dir, { recursive: true, force: true })
})

const READS = 'reads only'
const MIGRATES = 'the history of migrations in the database names who ran it: "hunter db history"'
const BACKS_UP = 'its start, end and failure are in the trail of backups: test/backups/cli/audit.test.ts'
const RECORDS = 'the manifest or proof in the bucket names who ran it'
const LOCAL = 'a stack or a folder of this machine'

/** What each command leaves in the audit log: the action that `RUNS` proves, or why it leaves none. */
const COMMANDS: Record<string, { action: string } | { not: string }> = {
  'leads import': { action: 'list.imported' },
  'leads erase': { action: 'lead.erased' },
  'leads rescore': { action: 'leads.rescored' },
  'keys create': { action: 'key.created' },
  'keys rotate': { action: 'key.rotated' },
  'keys revoke': { action: 'key.revoked' },
  'keys import': { action: 'key.imported' },
  'sessions revoke': { action: 'session.revoked' },
  'webhooks create': { action: 'webhook.created' },
  'webhooks rotate': { action: 'webhook.rotated' },
  'webhooks revoke': { action: 'webhook.revoked' },
  'rescans set': { action: 'rescan_schedule.changed' },
  'rescans pause': { action: 'rescan_schedule.changed' },
  'rescans resume': { action: 'rescan_schedule.changed' },
  'referrals sync': { action: 'referrals.synced' },
  'alerts add': { action: 'alert_channel.created' },
  'alerts edit': { action: 'alert_channel.changed' },
  'alerts test': { action: 'alert_channel.tested' },
  'alerts confirm': { action: 'alert_channel.confirmed' },
  'alerts rotate': { action: 'alert_channel.rotated' },
  'alerts disable': { action: 'alert_channel.disabled' },
  'alerts delete': { action: 'alert_channel.deleted' },
  'alerts resend': { action: 'alert_delivery.resent' },
  'scan cancel': { action: 'scan_job.cancelled' },
  'db seed': { action: 'leads.seeded' },
  'referrals connect': { not: 'a person signs in meanwhile: test/cli/referrals.test.ts has partner_center.connected' },
  'scan redrive': { not: 'it is in the log as dead_letters.redriven: test/scans/bulk/redrive.test.ts has the queue' },
  'db migrate': { not: MIGRATES },
  'db rollback': { not: MIGRATES },
  'db stamp': { not: MIGRATES },
  'db generate': { not: 'it writes two files of the checkout' },
  'backup restore': { not: BACKS_UP },
  'backup forget': { not: BACKS_UP },
  'backup note': { not: BACKS_UP },
  'backup tag': { not: BACKS_UP },
  'backup cleanup': { not: BACKS_UP },
  'backup run': { not: RECORDS },
  'backup verify': { not: RECORDS },
  'backup drill': { not: RECORDS },
  dashboard: { not: READS },
  dev: { not: LOCAL },
  demo: { not: LOCAL },
  'signals evaluate': { not: READS },
  scan: { not: 'it stores nothing' },
  'scan wait': { not: READS },
  'leads list': { not: READS },
  'leads show': { not: READS },
  'leads history': { not: READS },
  'leads fixes': { not: READS },
  'leads moves': { not: READS },
  'leads export': { not: READS },
  'leads pdf': { not: READS },
  'keys list': { not: READS },
  'sessions list': { not: READS },
  'webhooks list': { not: READS },
  'rescans status': { not: READS },
  'referrals status': { not: READS },
  'alerts channels': { not: READS },
  'alerts digest': { not: READS },
  'alerts log': { not: READS },
  'audit list': { not: READS },
  'db status': { not: READS },
  'db history': { not: READS },
  'db drift': { not: READS },
  'backup list': { not: READS },
  'backup show': { not: READS },
  'backup stats': { not: READS },
  'backup schedule': { not: READS },
  'backup check': { not: READS },
  'backup plan': { not: READS },
  'completion bash': { not: READS },
  'completion zsh': { not: READS },
  'completion fish': { not: READS },
  help: { not: READS },
}

/** Commands that do something themselves: all leaves, and `scan`, which also has commands below it. */
function listCommands({ path, commands }: CommandNode): string[] {
  const name = path.replace(/^hunter ?/, '')
  return [...(commands.length === 0 || name === 'scan' ? [name] : []), ...commands.flatMap(listCommands)]
}

it('every command says what it leaves in the audit log, or why it leaves nothing: a new one fails here', async () => {
  expect(Object.keys(COMMANDS).sort()).toEqual(listCommands(await readTree(rootCommand)).sort())
})

const createKeyid = async (...options: string[]) =>
  (JSON.parse((await hunter('keys', 'create', 'one', '--json', ...options)).out) as { keyid: string }).keyid
/** Signs in with a new key, as a page does. */
const createSessionId = async () => {
  const deps = { db: database.db, clock: systemClock, pepper: 'pepper', env: 'local', randomBytes, newId: v7 }
  const { key } = await createKey(deps, { name: 'Aylin', scopes: ['read'], actor: 'test' })
  const by = { userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0', replaced: undefined, actor: 'test' }
  return (await openSession(deps, { key, ...by })).token.split('.')[0] ?? ''
}
const createWebhookId = async () => {
  const key = await createKeyid('--scopes', 'write')
  return (JSON.parse((await hunter('webhooks', 'create', 'form', '--key', key, '--json')).out) as { id: string }).id
}

async function createChannelId(address: string, kind = address.includes('@') ? 'email' : 'slack'): Promise<string> {
  const added = await hunter('alerts', 'add', 'Sales', '--kind', kind, '--address', address, '--json')
  return (JSON.parse(added.out) as { id: string }).id
}

async function writeInput(name: string, text: string): Promise<string> {
  await writeFile(join(dir, name), text)
  return join(dir, name)
}

/** Prepares what the command needs, and answers its words. */
const RUNS: Record<string, () => Promise<string[]>> = {
  'leads import': async () => [await writeInput('companies.csv', 'domain\nbir.com.tr\niki.com.tr\n')],
  'leads erase': async () => {
    await keepLead(database.db, sampleLead({ domain: 'bir.com.tr' }))
    return ['bir.com.tr', '--yes']
  },
  'leads rescore': async () => {
    await keepLead(database.db, sampleLead({ domain: 'bir.com.tr' }))
    return []
  },
  'keys create': async () => ['Sales'],
  'keys rotate': async () => [await createKeyid()],
  'keys revoke': async () => [await createKeyid()],
  'keys import': async () => {
    const entry = { keyid: 'OldKeyOldKey', name: 'old', scopes: ['read'], bcrypt_hash: await hash('a secret', 4) }
    return [await writeInput('keys.json', JSON.stringify([entry]))]
  },
  'sessions revoke': async () => [await createSessionId()],
  'webhooks create': async () => ['form', '--key', await createKeyid('--scopes', 'write')],
  'webhooks rotate': async () => [await createWebhookId()],
  'webhooks revoke': async () => [await createWebhookId()],
  'rescans set': async () => ['--every', '14'],
  'rescans pause': async () => [],
  'rescans resume': async () => {
    await hunter('rescans', 'pause')
    return []
  },
  'referrals sync': async () => {
    const at = new Date()
    const signedOut = { clientSecret: '', refreshToken: '', problem: 'signed out', refreshedAt: at, connectedAt: at }
    const app = { tenant: 'contoso.com', clientId: '', connectedBy: 'cli' }
    await database.db.insert(partnerCenter).values({ ...app, ...signedOut })
    return []
  },
  'alerts add': async () => ['Sales', '--kind', 'slack', '--address', 'https://hooks.test/secret'],
  'alerts edit': async () => [await createChannelId('https://hooks.test/four'), '--priority-max', '3'],
  'alerts test': async () => [await createChannelId(`${inbox.url}/slack`)],
  'alerts confirm': async () => {
    const id = await createChannelId('satis@firma.com.tr')
    return [id, computeCode({ pepper: 'pepper' }, { id, address: 'satis@firma.com.tr', unsubscribedAt: null })]
  },
  'alerts rotate': async () => [await createChannelId('https://hooks.test/three', 'webhook')],
  'alerts disable': async () => [await createChannelId('https://hooks.test/one')],
  'alerts delete': async () => [await createChannelId('https://hooks.test/two')],
  'alerts resend': async () => {
    const channelId = await keepChannel(database.db)
    await keepChanges(database.db, sampleLead({ domain: 'bir.com.tr' }), [sampleChange()])
    const [delivery] = await database.db.select().from(alertDeliveries).where(eq(alertDeliveries.channelId, channelId))
    return [delivery!.id]
  },
  'scan cancel': async () => {
    const deps = { db: database.db, clock: systemClock, newId: v7, batchSize: 1 }
    return [await createJob(deps, { inputs: ['bir.com.tr'], keyid: null })]
  },
  'db seed': async () => ['--leads', '1', '--in-use'],
}

const audited = Object.entries(COMMANDS).flatMap(([name, said]) => ('action' in said ? [[name, said.action]] : []))

it.each(audited as [string, string][])('%s leaves one entry, %s, with who ran it', async (name, action) => {
  const words = (await RUNS[name]?.()) ?? []
  await database.db.execute(sql`truncate audit_log`)
  expect(await hunter(...name.split(' '), ...words)).toMatchObject({ status: 0, err: '' })
  const entries = await database.db.select().from(auditLog)
  expect(entries.map((entry) => [entry.action, entry.actor])).toEqual([[action, expect.stringMatching(/^cli .+@.+/)]])
})

it('lists what the API lists, filtered and in pages', async () => {
  await database.db.execute(sql`truncate audit_log`)
  const keyid = await createKeyid()
  await hunter('keys', 'revoke', keyid)
  const { out } = await hunter('audit', 'list', '--object', `key:${keyid}`)
  expect(out).toMatch(/key\.revoked +key:\S+ +\{"force":false\}\n.*key\.created/)
  const listed = JSON.parse((await hunter('audit', 'list', '--limit', '1', '--json')).out) as Record<string, unknown>
  expect(listed).toMatchObject({
    entries: [{ action: 'key.revoked', request_id: null }],
    next_cursor: expect.any(String),
  })
  const next = await hunter('audit', 'list', '--limit', '1', '--cursor', String(listed['next_cursor']))
  expect(next.out).toContain('key.created')
  expect(next.out).not.toContain('More:')
  expect((await hunter('audit', 'list', '--action', 'note.failed')).out).toBe('The audit log has no such entry.\n')
  expect(await hunter('audit', 'list', '--action', 'key.creatd')).toMatchObject({
    status: 2,
    err: expect.stringContaining('USAGE: --action must be a known action; did you mean key.created'),
  })
  expect(await hunter('audit', 'list', '--since', 'yesterday')).toMatchObject({
    status: 2,
    err: expect.stringContaining('USAGE: --since must be a time'),
  })
})

it('erases only when told twice, and says what Redis and backups still hold', async () => {
  await keepLead(database.db, sampleLead({ domain: 'bir.com.tr' }))
  const asked = await hunter('leads', 'erase', 'https://www.bir.com.tr/')
  expect(asked).toMatchObject({
    status: 2,
    err: expect.stringMatching(/^USAGE: this would erase bir\.com\.tr .*--yes/),
  })
  const erased = await hunter('leads', 'erase', 'bir.com.tr', '--yes')
  expect(erased).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^Erased bir\.com\.tr.*\nRedis.*\n.*privacy\.md/),
  })
  expect(await hunter('leads', 'erase', 'bir.com.tr', '--yes')).toMatchObject({
    status: 4,
    err: expect.stringContaining('LEAD_NOT_FOUND'),
  })
})

it('lists the open sessions with their keys and browsers, and revokes one', async () => {
  const id = await createSessionId()
  const listed = await hunter('sessions', 'list')
  expect(listed.out).toMatch(new RegExp(`${id}  Aylin +Firefox on Linux`))
  expect(await hunter('sessions', 'revoke', id)).toMatchObject({
    status: 0,
    out: `Revoked ${id} (Aylin, Firefox on Linux)\n`,
  })
  expect((await hunter('sessions', 'list', '--json')).out).not.toContain(id)
  const unknown = await hunter('sessions', 'revoke', v7())
  expect(unknown).toMatchObject({ status: 4, err: expect.stringContaining('SESSION_NOT_FOUND') })
})
