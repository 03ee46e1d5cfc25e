import { sql } from 'drizzle-orm'
import type { Database } from '#db/client'

const TABLES = [
  'api_keys',
  'audit_log',
  'companies',
  'imports',
  'raw_leads',
  'scan_jobs',
  'scan_batches',
  'provider_overrides',
  'lead_changes',
  'webhook_sources',
  'sessions',
  'webhook_deliveries',
  'alert_channels',
  'alert_queues',
  'alert_deliveries',
]

/** Everything that the database stores of the work. */
export async function readStored(db: Database): Promise<unknown> {
  const rows = TABLES.map(
    (table) =>
      sql`(select jsonb_agg(row order by row) from (select to_jsonb(t) - 'last_used_at' - 'last_seen_at' as row from ${sql.identifier(table)} t) rows)`,
  )
  const kept = await db.execute(sql`select jsonb_build_array(${sql.join(rows, sql`, `)}) as kept`)
  return kept.rows
}
