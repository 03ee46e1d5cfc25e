import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { createBackupId } from '#backups/format/backup-id'
import { dumpDatabase } from '#backups/dump/dump'
import { createFileStore } from '#backups/store/file-store'
import type { Manifest } from '#backups/format/manifest'
import { withDatabase } from '#backups/postgres/session'
import { type PostgresServer, startPostgres } from '#emulators/postgres/postgres'
import { systemClock } from '#platform/clock'

export const BENCH_SOURCE = 'bench'

interface BenchBackup {
  server: PostgresServer
  /** The database that was backed up. */
  databaseUrl: string
  /** Folder of the file store. */
  dir: string
  manifest: Manifest
  close(): Promise<void>
}

/** Row sizes in COPY's text. Half of the text is leads, half their events, each with a key and two indexes. */
const LEAD_BYTES = 330
const EVENT_BYTES = 68

/** A database of about so many megabytes of COPY text on a server of its own, and its backup in a folder. */
export async function backUpForBench(megabytes: number): Promise<BenchBackup> {
  const dir = await mkdtemp(join(tmpdir(), 'hunter-bench-'))
  const server = await startPostgres({ dir: join(dir, 'postgres'), durable: false })
  const close = async () => {
    await server.close()
    await rm(dir, { recursive: true, force: true })
  }
  try {
    const databaseUrl = await fill(server.url, megabytes)
    const randomHex = () => randomBytes(3).toString('hex')
    const store = createFileStore({ dir: join(dir, 'backups'), randomHex })
    const id = createBackupId(systemClock.now(), randomHex())
    const input = { id, source: BENCH_SOURCE, databaseUrl, toolVersion: 'bench' }
    const manifest = await dumpDatabase({ store, clock: systemClock }, input)
    return { server, databaseUrl, dir: join(dir, 'backups'), manifest, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function fill(serverUrl: string, megabytes: number): Promise<string> {
  const admin = new Client({ connectionString: serverUrl })
  await admin.connect()
  await admin.query('CREATE DATABASE live')
  await admin.end()
  const url = withDatabase(serverUrl, 'live')
  const client = new Client({ connectionString: url })
  await client.connect()
  const half = (megabytes * 1e6) / 2
  await client.query(`
    CREATE TABLE leads AS SELECT n AS id, 'company-' || n || '.example' AS domain, md5(n::text) AS key, n * 31 % 101 AS score,
      timestamptz '2026-01-01' + n * interval '37.123 seconds' AS scanned_at, n % 3 = 0 AS ok,
      jsonb_build_object('mx', jsonb_build_array('mx1.company-' || n || '.example', 'mx2.mail.example'),
        'spf', 'v=spf1 include:spf.example ip4:10.' || n % 256 || '.' || n % 199 || '.0/24 -all', 'id', md5((n * 3)::text)) AS signals,
      repeat('note about the lead ', n % 7) AS note
    FROM generate_series(1, ${Math.round(half / LEAD_BYTES)}) n;
    CREATE TABLE events AS SELECT n AS id, n::bigint * 7919 % ${Math.round(half / LEAD_BYTES)} + 1 AS lead_id, random() * 1000 AS value,
      timestamptz '2026-01-01' + random() * interval '300 days' AS at, (ARRAY['scan','rescan','change','alert'])[1 + n % 4] AS kind
    FROM generate_series(1, ${Math.round(half / EVENT_BYTES)}) n;
    ALTER TABLE leads ADD PRIMARY KEY (id);
    CREATE UNIQUE INDEX ON leads (domain);
    ALTER TABLE events ADD PRIMARY KEY (id);
    CREATE INDEX ON events (lead_id)`)
  await client.end()
  return url
}
