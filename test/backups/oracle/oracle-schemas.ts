import { randomUUID } from 'node:crypto'
import { migrate } from '#db/migrate'
import { MIGRATIONS } from '../../support/hunter-database.ts'
import { withClient } from '../fixtures.ts'
import { NASTY_ROWS, NASTY_SCHEMA } from '../nasty-schema.ts'
import { sqlFor } from '../schemas/by-version.ts'
import { EXTENSIONS } from '../schemas/extensions.ts'
import { HUGE_ROWS, NAMES } from '../schemas/names.ts'
import { PROGRAMS } from '../schemas/programs.ts'
import { RELATIONS } from '../schemas/relations.ts'
import { LATIN1, VALUE_TRAPS, VALUES } from '../schemas/values.ts'

export interface OracleSchema {
  name: string
  /** Fills an empty database on a server of version 15 or of the given one. */
  fill: (databaseUrl: string, major?: number) => Promise<void>
  /** Encoding of the database, instead of UTF8. */
  encoding?: string
  /** Settings of both databases during the dump and the restore. */
  defaults?: string[]
  /** Too long to run twice. */
  isSlow?: boolean
}

export const sqlSchema = (name: string, ...scripts: string[]): OracleSchema => ({
  name,
  fill: (url, major = 15) =>
    withClient(url, async (client) => void (await client.query(sqlFor(scripts.join('\n'), major)))),
})

export const ORACLE_SCHEMAS: OracleSchema[] = [
  { name: "Hunter's own tables", fill: fillHunter },
  sqlSchema('one of everything', NASTY_SCHEMA, NASTY_ROWS),
  sqlSchema('tables that depend on each other', RELATIONS),
  { ...sqlSchema('programs, rights and large objects', PROGRAMS), defaults: VALUE_TRAPS },
  sqlSchema('extensions', EXTENSIONS),
  sqlSchema('names and empty tables', NAMES),
  { ...sqlSchema('values under traps', VALUES), defaults: VALUE_TRAPS },
  { ...sqlSchema('another encoding', LATIN1), encoding: 'LATIN1' },
  { ...sqlSchema('rows of more than 100 MB', HUGE_ROWS), isSlow: true },
]

async function fillHunter(url: string): Promise<void> {
  await migrate({ url, folder: MIGRATIONS })
  const job = randomUUID()
  await withClient(url, async (client) => {
    await client.query(`
      INSERT INTO companies (domain) SELECT 'company-' || n || '.example' FROM generate_series(1, 500) n;
      INSERT INTO raw_leads (import_id, source, line, input, company_id) SELECT '${job}', 'csv', id, jsonb_build_object('domain', domain, 'note', E'a\\tb\\nc\\\\'), id FROM companies;
      INSERT INTO raw_leads (import_id, source, line, input, rejected) VALUES ('${job}', 'csv', 999, '"localhost"', 'DOMAIN_INVALID');
      INSERT INTO scans (company_id, signals, provider, scanned_at) SELECT id, jsonb_build_object('mx', ARRAY['mx.' || domain]), '{"mailbox": "google"}', now() - id * interval '1 second' FROM companies WHERE id % 2 = 0;
      INSERT INTO api_keys (keyid, name, secret_hmac, scopes, created_at) VALUES ('k1', 'test', decode(repeat('5c', 32), 'hex'), '{read,admin}', now());
      INSERT INTO audit_log (actor, action, object, details) VALUES ('key:k1', 'restore', 'backup', '{"a": [1, null]}')`)
  })
}
