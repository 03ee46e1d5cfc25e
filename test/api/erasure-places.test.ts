/**
 * Every column that can hold a company's domain or name, as the live catalog lists them: an erasure empties it, or the reason
 * why it does not is here and in docs/privacy.md.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { partnerCenter } from '#db/tables'
import { createImport } from '#ingest/imports/create-import'
import { runImport } from '#ingest/imports/run-import'
import { readList } from '#ingest/read-list'
import { processBatch } from '#scans/bulk/process-batch'
import { googleCompany } from '../support/fake-dns.ts'
import { createHunterDatabase, type HunterDatabase } from '../support/hunter-database.ts'
import { scanDeps } from '../support/scan-deps.ts'
import { createTestApi, type TestApi } from '../support/test-api.ts'

const ZEPHYR = 'zephyr-boya.com.tr'
const WORD = 'zephyr'

/** The company is in them, and an erasure takes it out. */
const ERASED = [
  'companies.domain',
  'idempotency_keys.body',
  'idempotency_keys.key',
  'idempotency_keys.made',
  'imports.options',
  'imports.problem',
  'imports.recognised',
  'lead_changes.new_value',
  'lead_moves.evidence',
  'lead_scores.breakdown',
  'listed_companies.company',
  'listed_companies.email_domain',
  'listed_companies.fields',
  'listed_companies.search_text',
  'raw_leads.input',
  'raw_leads.names',
  'raw_leads.source',
  'scan_job_domains.domain',
  'scan_job_domains.input',
  'scan_job_domains.names',
  'scans.provider',
  'scans.signals',
]

/** An administrator or a sender named something of Hunter's own after the company; docs/privacy.md says so. */
const KEPT = [
  'alert_channels.address_hint',
  'alert_channels.name',
  'api_keys.name',
  'audit_log.details',
  'audit_log.object', // an override's suffix; entries about the company itself get its hash
  'audit_log.request_id',
  'partner_center.own_domains',
  'partner_center.tenant',
  'provider_overrides.note',
  'provider_overrides.suffix',
  'webhook_deliveries.id',
  'webhook_sources.name',
]

/** A row of another company mentions it, or that company's DNS does: it has its mail there, for example. */
const OTHERS = [
  'lead_scores.breakdown',
  'listed_companies.fields',
  'listed_companies.search_text',
  'raw_leads.input',
  'scans.provider',
  'scans.signals',
]

/** No company's domain or name comes into them. */
const NEVER = {
  'words and numbers of Hunter': [
    'alert_channels.kind',
    'alert_channels.language',
    'alert_channels.segments',
    'alert_channels.state',
    'alert_channels.timezone',
    'alert_channels.types',
    'alert_channels.digest_marks',
    'alert_deliveries.state',
    'alert_digests.backup',
    'alert_digests.counts',
    'alert_digests.from_marks',
    'alert_digests.state',
    'alert_digests.to_marks',
    'alerts.segment',
    'alerts.type',
    'api_keys.scopes',
    'audit_log.action',
    'hunter_migration_history.direction',
    'hunter_migration_history.name',
    'hunter_migration_steps.direction',
    'hunter_migration_steps.name',
    'hunter_migrations.name',
    'imports.state',
    'lead_changes.cause',
    'lead_changes.type',
    'lead_count_changes.segment',
    'lead_counts.segment',
    'lead_moves.kind',
    'lead_scores.referral',
    'lead_scores.segment',
    'partner_center.problem',
    'partner_center.read_to',
    'partner_center_referrals.kind',
    'partner_center_referrals.type',
    'partner_center_referrals.qualification',
    'partner_center_referrals.status',
    'partner_center_referrals.substatus',
    'partner_center_referrals.updated_at',
    'partner_center_referrals.domain_missing',
    'provider_overrides.signal',
    'rescan_schedule.timezone',
    'scan_batches.state',
    'scan_job_domains.outcome',
    'scan_job_domains.reason',
    'scan_jobs.kind',
    'sessions.browser',
  ],
  'ids and hashes': [
    'alert_channels.address_hash',
    'alert_queues.address_hash',
    'api_keys.bcrypt_hash',
    'api_keys.keyid',
    'api_keys.limit_id',
    'api_keys.previous_hmac',
    'api_keys.secret_hmac',
    'erasures.domain_hash',
    'erasures.key_id',
    'sessions.key_hmac',
    'sessions.keyid',
    'sessions.secret_hmac',
    'hunter_migration_steps.statement_sha256',
    'hunter_migrations.checksum',
    'idempotency_keys.keyid',
    'idempotency_keys.location', // the path of an import, a job or a backup
    'idempotency_keys.request_hash',
    'imports.keyid',
    'imports.erased',
    'imports.upload',
    'imports.upload_etag',
    'lead_scores.input_hash',
    'partner_center.client_id',
    'partner_center_referrals.engagement_id',
    'partner_center_referrals.etag',
    'partner_center_referrals.id',
    'partner_center_referrals.tenant_id',
    'scan_batches.keyid',
    'scan_jobs.keyid',
    'webhook_deliveries.body_hash',
    'webhook_sources.keyid',
  ],
  'ids of providers, from the catalog of Hunter or an override': [
    'lead_count_changes.mailbox',
    'lead_counts.mailbox',
    'lead_moves.from_place',
    'lead_moves.to_place',
    'provider_overrides.provider_id',
  ],
  'part of the company’s own rows, which go with it': [
    'companies.domain_folded', // null for this domain
    'lead_changes.old_value',
    'lead_scores.gateway',
    'lead_scores.mailbox',
    'lead_scores.segment_reason',
    'raw_leads.rejected',
    'scan_job_domains.message',
  ],
  encrypted: [
    'alert_channels.address',
    'alert_channels.previous_secret',
    'alert_channels.secret',
    'partner_center.client_secret',
    'partner_center.refresh_token',
    'webhook_sources.previous_secret',
    'webhook_sources.secret',
  ],
  'fixed sentences': [
    'alert_channels.state_reason',
    'alert_deliveries.last_error',
    'hunter_migration_history.error',
    'scan_batches.error',
  ],
  'who works with Hunter: a key, or a user and a machine': [
    'audit_log.actor',
    'hunter_migration_history.actor',
    'hunter_migration_history.role',
    'partner_center.connected_by',
    'provider_overrides.created_by',
    'rescan_schedule.changed_by',
    'rescan_schedule.paused_by',
  ],
  'networks of addresses, from public registries': ['ip_facts.as_name', 'ip_facts.country', 'ip_facts.source'],
}

let database: HunterDatabase
let dir: string
let api: TestApi
let key: string
beforeAll(async () => {
  database = await createHunterDatabase()
  dir = await mkdtemp(join(tmpdir(), 'hunter-erasure-places-'))
  api = createTestApi(database.db)
  key = await api.key(['admin'])
})
afterAll(async () => {
  await database.close()
  await rm(dir, { recursive: true })
})

/** `table.column` of what can hold text. */
async function listColumns(): Promise<{ table: string; column: string }[]> {
  const { rows } = await database.db.execute<{ table: string; column: string }>(sql`
    select c.table_name as "table", c.column_name as "column"
      from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'public' and t.table_type = 'BASE TABLE'
       and c.udt_name not in ('int2', 'int4', 'int8', 'bool', 'date', 'timestamptz', 'uuid', '_uuid', 'inet')`)
  return rows
}

async function listColumnsThatName(word: string): Promise<string[]> {
  const named: string[] = []
  for (const { table, column } of await listColumns()) {
    const { rowCount } = await database.db.execute(
      sql`select from ${sql.identifier(table)} where ${sql.identifier(column)}::text ilike ${`%${word}%`} limit 1`,
    )
    if (rowCount) named.push(`${table}.${column}`)
  }
  return named.sort()
}

async function send(method: string, path: string, body: unknown, headers: Record<string, string> = {}) {
  const answer = await api.call(method, `/api/v1${path}`, { key, body, headers })
  expect([method, path, answer.status, answer.body.error?.message]).toEqual([
    method,
    path,
    expect.closeTo(201, -1),
    undefined,
  ])
  return answer.body.data
}

async function work(started: Record<string, unknown>): Promise<void> {
  const { id } = started['job'] as { id: string }
  await processBatch(scanDeps(database.db, api.dns, { clock: api.clock }), { jobId: id, batch: 1, lastTry: false })
}

/** An import that fails, because its file lacks the column that was asked for. */
async function importWithoutColumn(column: string): Promise<void> {
  const path = join(dir, 'list.csv')
  await writeFile(path, 'website,company\nfirma.com,Firma\n')
  const options = { column }
  const importId = await createImport(
    { db: database.db, clock: api.clock, newId: v7 },
    { keyid: null, options, actor: 'cli' },
  )
  await runImport({ db: database.db, clock: api.clock }, { importId, openList: () => readList(path, options) })
}

async function plant(): Promise<void> {
  // what an administrator or a sender names
  await send('POST', '/admin/keys', { name: 'Zephyr Boya', scopes: ['read'] })
  await send('PUT', `/admin/provider-overrides/mx/${ZEPHYR}`, {
    provider_id: 'google-workspace',
    note: 'Zephyr Boya hosts mail',
  })
  const channel = { name: 'Zephyr', kind: 'email', address: `satis@${ZEPHYR}` }
  const { id: channelId } = await send('POST', '/alerts/channels', channel)
  await database.db.execute(sql`update alert_channels set state = 'active' where id = ${channelId}`)
  const keyid = key.split('_')[2]
  await send('POST', '/admin/webhooks', { keyid, name: 'Form of Zephyr' })
  await database.db.execute(sql`update webhook_sources set revoked_at = now(), secret = null`)
  await api.signAs(key)

  await database.db.insert(partnerCenter).values({
    tenant: ZEPHYR,
    clientId: v7(),
    clientSecret: 'encrypted',
    refreshToken: 'encrypted',
    ownDomains: [ZEPHYR],
    refreshedAt: api.clock.now(),
    connectedAt: api.clock.now(),
    connectedBy: 'cli',
  })

  // lists, leads and inputs
  const heading = `sites of ${ZEPHYR}`
  const csv = `${heading},company,zephyr note\n${ZEPHYR},Zephyr Boya,paint\n${ZEPHYR} or another,Zephyr Boya,paint\n`
  const ids = { 'Idempotency-Key': 'list', 'X-Request-Id': 'zephyr-1' }
  await send('POST', `/ingest/csv?column=${encodeURIComponent(heading)}`, { csv }, ids)
  await importWithoutColumn(heading)
  const fields = { Company: 'Zephyr Boya', email: `a@${ZEPHYR}` }
  await send(
    'POST',
    '/ingest/domain',
    { domain: ZEPHYR, source: 'Call with Zephyr', fields },
    { 'Idempotency-Key': 'one' },
  )
  const leads = [{ website: `www.${ZEPHYR}`, company: 'Zephyr Boya' }, { website: `${ZEPHYR}, x.com` }]
  await send('POST', '/ingest/webhook', { type: 'zephyr.created', data: leads }, { 'webhook-id': 'zephyr-1' })

  // scans, and what they found
  await work(await send('POST', '/rescan/bulk', { domains: [ZEPHYR] }))
  for (const [name, records] of Object.entries(googleCompany(ZEPHYR))) api.dns.zone.set(name, records)
  await send('POST', '/scan/domain', { domain: ZEPHYR }, { 'Idempotency-Key': 'two' })
  api.dns.zone.set(ZEPHYR, {
    mx: ['zephyrboya-com-tr.mail.protection.outlook.com'],
    txt: [`v=spf1 include:${ZEPHYR} -all`],
  })
  api.clock.advanceMs(3_600_000)
  await send('POST', `/leads/${ZEPHYR}/rescan`, undefined, { 'Idempotency-Key': 'three' })
  const domains = [ZEPHYR, `${ZEPHYR} x`]
  await work({ job: await send('POST', '/scan/bulk', { domains }, { 'Idempotency-Key': `bulk-${ZEPHYR}` }) })
}

it('knows every column that can hold text', async () => {
  const known = [...ERASED, ...KEPT, ...Object.values(NEVER).flat()]
  const columns = (await listColumns()).map(({ table, column }) => `${table}.${column}`)
  expect(known.toSorted()).toEqual(columns.sort())
})

/** Their rows belong to the company, or to what does. */
const OWN = [
  'companies',
  'listed_companies',
  'scans',
  'lead_scores',
  'lead_changes',
  'lead_moves',
  'alerts',
  'alert_deliveries',
  'raw_leads',
]

async function countOwn(): Promise<Record<string, number>> {
  const counts = OWN.map(
    (table) => sql`(select count(*)::int from ${sql.identifier(table)}) as ${sql.identifier(table)}`,
  )
  const { rows } = await database.db.execute<Record<string, number>>(sql`select ${sql.join(counts, sql`, `)}`)
  return rows[0] ?? {}
}

it('leaves the company nowhere but in the names that people gave to parts of Hunter', async () => {
  await plant()
  expect(await listColumnsThatName(WORD)).toEqual([...ERASED, ...KEPT].sort())
  for (const [table, count] of Object.entries(await countOwn())) expect([table, count > 0]).toEqual([table, true])

  expect((await api.call('DELETE', `/api/v1/leads/${ZEPHYR}`, { key })).status).toBe(200)
  expect(await listColumnsThatName(WORD)).toEqual(KEPT)
  expect(await countOwn()).toEqual(Object.fromEntries(OWN.map((table) => [table, 0])))
})

it('finds by an index what goes with a company, so that no table is read as a whole', async () => {
  const { rows } = await database.db.execute(sql`
    with recursive reached as (
      select oid, conrelid, conkey from pg_constraint where contype = 'f' and confrelid = 'companies'::regclass
      union select c.oid, c.conrelid, c.conkey from pg_constraint c join reached r on c.confrelid = r.conrelid and c.contype = 'f')
    select conrelid::regclass::text as table, conkey from reached
     where not exists (select from pg_index i where i.indrelid = conrelid and i.indkey[0] = conkey[1])`)
  expect(rows).toEqual([])
})

it('leaves what other companies’ rows say of it', async () => {
  const before = await listColumnsThatName(WORD)
  const csv = `website,company,note\nfirma.com,Firma,partner of ${ZEPHYR}\n${ZEPHYR},Zephyr Boya,\n`
  await send('POST', '/ingest/csv', { csv })
  api.dns.zone.set('firma.com', { mx: [`mail.${ZEPHYR}`] })
  await send('POST', '/scan/domain', { domain: 'firma.com' })
  expect((await api.call('DELETE', `/api/v1/leads/${ZEPHYR}`, { key })).status).toBe(200)
  const others = (await listColumnsThatName(WORD)).filter((column) => !before.includes(column))
  expect(others).toEqual(OTHERS)
})

it('is told in docs/privacy.md, with each table that keeps something', async () => {
  const text = await readFile(join(import.meta.dirname, '../../docs/privacy.md'), 'utf8')
  const stays = text.slice(text.indexOf('These stay'), text.indexOf('## What backups still hold'))
  for (const table of new Set([...KEPT, ...OTHERS].map((column) => column.split('.')[0])))
    expect([table, stays.includes(`\`${table}\``)]).toEqual([table, true])
})
