import { resolve } from 'node:path'
import { Column, is } from 'drizzle-orm'
import { getTableConfig, getViewConfig, PgTable, PgView } from 'drizzle-orm/pg-core'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { migrate } from '#db/migrate'
import * as tables from '#db/tables'
import { ALERT_TYPES, CHANGE_TYPES } from '#leads/changes/change-types'
import { SEGMENTS } from '#leads/score/segment'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'

let database: TestDatabase
let client: Client
beforeAll(async () => {
  database = await createTestDatabase()
  await migrate({ url: database.url, folder: resolve(import.meta.dirname, '../../migrations') })
  client = new Client({ connectionString: database.url })
  await client.connect()
})
afterAll(async () => {
  await client.end()
  await database.drop()
})

interface LiveColumn {
  name: string
  column: string
  type: string
  required: boolean
}

/** A view's columns have no "not null" in the catalog. */
async function liveColumns(kind: 'r' | 'v'): Promise<LiveColumn[]> {
  const { rows } = await client.query<LiveColumn>(
    `select c.relname as name, a.attname as column, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required
       from pg_attribute a join pg_class c on c.oid = a.attrelid
      where c.relnamespace = 'public'::regnamespace and c.relkind = $1 and c.relname not like 'hunter_migration%'
        and a.attnum > 0 and not a.attisdropped
      order by c.relname, a.attnum`,
    [kind],
  )
  return rows
}

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)

it('describes every table with the columns, types and nullability of the live catalog', async () => {
  const described = Object.values(tables)
    .filter((value) => is(value, PgTable))
    .map((table) => getTableConfig(table))
    .sort(byName)
    .flatMap(({ name, columns }) =>
      columns.map((column) => ({
        name,
        column: column.name,
        type: column.getSQLType(),
        required: column.notNull || column.primary,
      })),
    )
  expect(described).toEqual(await liveColumns('r'))
})

it('describes the view with the columns and types of the live catalog', async () => {
  const described = Object.values(tables)
    .filter((value) => is(value, PgView))
    .map((view) => getViewConfig(view))
    .flatMap(({ name, selectedFields }) =>
      Object.values(selectedFields)
        .filter((field) => is(field, Column))
        .map((column) => ({ name, column: column.name, type: column.getSQLType() })),
    )
  expect(described).toEqual((await liveColumns('v')).map(({ name, column, type }) => ({ name, column, type })))
})

it('allows in each check of a text exactly the values of its list in TypeScript', async () => {
  const { rows } = await client.query<{ name: string; allowed: string[] }>(
    `select conname as name, array(select m[1] from regexp_matches(definition, '''([^'']*)''::text', 'g') m) as allowed
       from (select conname, pg_get_constraintdef(oid) as definition from pg_constraint
              where contype = 'c' and connamespace = 'public'::regnamespace
                and conrelid::regclass::text not like 'hunter_migration%') as checks
      where definition ~ '(= ANY|<@) [(]?ARRAY\\[[^]]*\\][)]+$'`,
  )
  const sorted = (lists: Record<string, readonly string[]>) =>
    Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values.toSorted()]))
  expect(sorted(Object.fromEntries(rows.map(({ name, allowed }) => [name, allowed])))).toEqual(
    sorted({
      alert_channels_kind: tables.CHANNEL_KINDS,
      alert_channels_language: tables.CHANNEL_LANGUAGES,
      alert_channels_segments_known: SEGMENTS,
      alert_channels_state: tables.CHANNEL_STATES,
      alert_channels_types_known: ALERT_TYPES,
      alert_deliveries_state: tables.DELIVERY_STATES,
      alert_digests_state: tables.DIGEST_STATES,
      alerts_segment: SEGMENTS,
      alerts_type: ALERT_TYPES,
      api_keys_scopes_known: tables.SCOPES,
      imports_state: tables.IMPORT_STATES,
      lead_changes_cause: tables.CHANGE_CAUSES,
      lead_changes_type: CHANGE_TYPES,
      lead_moves_kind: tables.MOVE_KINDS,
      lead_scores_referral_kind: tables.REFERRAL_KINDS,
      lead_scores_segment: SEGMENTS,
      partner_center_referrals_kind: tables.REFERRAL_KINDS,
      partner_center_referrals_missing: tables.DOMAIN_MISSING,
      provider_overrides_signal: tables.OVERRIDE_SIGNALS,
      scan_batches_state: tables.BATCH_STATES,
      scan_job_domains_outcome: tables.OUTCOMES,
      scan_jobs_kind: tables.JOB_KINDS,
    }),
  )
})
