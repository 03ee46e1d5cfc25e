import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import * as fc from '../../support/seeded.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listBackups, showBackup } from '#backups/store/catalog'
import { dropReplaced, listReplaced } from '#backups/restore/replaced-databases'
import type { Manifest } from '#backups/format/manifest'
import { getTemplateName } from '#backups/proof/pglite-template'
import { verifyBackup } from '#backups/proof/verify'
import { restoreBackup } from '#backups/restore/replace-live'
import { undoRestore } from '#backups/restore/undo'
import { withDatabase } from '#backups/postgres/session'
import { systemClock } from '#platform/clock'
import { startTestStore, type TestStore } from '../../support/backup-store.ts'
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts'
import { QUICK_WASM } from '../../support/quick-wasm.ts'
import type { RestoreProcessInput } from '../../support/restore-process.ts'
import { isThorough } from '../../support/thorough.ts'
import { dump, rowsOf, runSql, SOURCE, TOOL_VERSION } from '../fixtures.ts'

/** Place of the kill, as a fraction of a whole run, and the delay after it. */
const PLACE = fc.noBias(fc.integer({ min: 0, max: 999 })).map((thousandth) => thousandth / 1_000)
const POINTS = fc.sample(fc.tuple(PLACE, fc.noBias(fc.nat(15))), { numRuns: 50 })
/** One kill near the end, when the new database is begun, stands for the random ones. */
const KILLS_OF_RESTORE: [number, number][] = isThorough ? POINTS.slice(0, 36) : [[0.9, 0]]
/** Dozens of processes that each restore: minutes on a busy machine. */
const PATIENT = { timeout: 900_000 }
const PROCESS = join(import.meta.dirname, '../../support/restore-process.ts')

const ROWS = 3_000
const SCHEMA = `CREATE TABLE notes (id int PRIMARY KEY, note text NOT NULL);
  CREATE TABLE tags (id int PRIMARY KEY, note int REFERENCES notes, tag text);
  CREATE INDEX ON tags (tag);
  CREATE VIEW tagged AS SELECT n.note, t.tag FROM notes n JOIN tags t ON t.note = n.id`
const BACKED_UP = `${SCHEMA};
  INSERT INTO notes SELECT n, 'backed up' FROM generate_series(1, ${ROWS}) n;
  INSERT INTO tags SELECT n, n, 'tag ' || n FROM generate_series(1, ${ROWS}) n`
const LIVE = `${SCHEMA};\n INSERT INTO notes SELECT n, 'live' FROM generate_series(1, 7) n`

let storage: TestStore
let manifest: Manifest

beforeAll(async () => {
  storage = await startTestStore(systemClock)
  const source = await createTestDatabase()
  await runSql(source.url, BACKED_UP)
  manifest = await dump(storage.store, source.url)
  await source.drop()
})
afterAll(() => storage.close())

interface Outcome {
  /** null when it was killed. */
  status: number | null
  ranMs: number
  /** Number of requests to the database's server or the bucket. */
  requests: number
}

/** Runs a restore or a proof in a process of its own, which kills itself or is killed, unless it ended before. */
async function run(
  what: 'restore' | 'prove',
  input: Partial<RestoreProcessInput>,
  killAfterMs?: number,
): Promise<Outcome> {
  const about = { s3Url: storage.url, source: SOURCE, id: manifest.id, databaseUrl: '', tempDir: tmpdir(), ...input }
  const child = spawn(process.execPath, [...QUICK_WASM, PROCESS, what], {
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      HUNTER_TEST_INPUT: JSON.stringify(about),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit') as Promise<[number | null]>
  const lines: string[] = []
  const out = createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  await Promise.race([once(out, 'line'), exit])
  const begunAt = performance.now()
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs)
  const [status] = await exit
  clearTimeout(timer)
  return { status, ranMs: performance.now() - begunAt, requests: Number(lines[1]) }
}

async function liveDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase()
  await runSql(database.url, LIVE)
  return database
}

type State = 'untouched' | 'swapped'

const WHOLE = {
  untouched: { note: 'live', n: 7, tags: 0, keys: 3 },
  swapped: { note: 'backed up', n: ROWS, tags: ROWS, keys: 3 },
}

/** @throws when the database equals neither its former state nor the complete backup */
async function stateOf(url: string): Promise<State> {
  const sql = `SELECT note, count(*)::int AS n, (SELECT count(*)::int FROM tags) AS tags,
    (SELECT count(*)::int FROM pg_constraint WHERE conrelid::regclass::text IN ('notes', 'tags') AND contype <> 'n') AS keys
    FROM notes GROUP BY note`
  const rows = await rowsOf<{ note: string }>(url, sql)
  const state = rows[0]?.note === 'live' ? 'untouched' : 'swapped'
  expect(rows).toEqual([WHOLE[state]])
  return state
}

/** The last request of a killed process may still run on the server. */
async function sessionsEnded(url: string): Promise<void> {
  const family = `${new URL(url).pathname.slice(1)}%`
  const sql = `SELECT count(*)::int AS n FROM pg_stat_activity a LEFT JOIN pg_locks l USING (pid)
    WHERE a.application_name = 'hunter-backup' AND (a.datname LIKE '${family}' OR a.query LIKE '%${family.slice(0, -1)}%')`
  for (;;) {
    const [left] = await rowsOf<{ n: number }>(withDatabase(url, 'postgres'), sql)
    if (left?.n === 0) return
    await pause(20)
  }
}

async function family(url: string): Promise<string[]> {
  const name = new URL(url).pathname.slice(1)
  const sql = `SELECT datname FROM pg_database WHERE datname LIKE '${name}%' ORDER BY 1`
  return (await rowsOf<{ datname: string }>(withDatabase(url, 'postgres'), sql)).map(({ datname }) => datname)
}

function restoreHere(databaseUrl: string) {
  return restoreBackup({ store: storage.store, clock: systemClock }, { source: SOURCE, id: manifest.id, databaseUrl })
}

async function dropFamily(live: TestDatabase): Promise<void> {
  for (const { name } of await listReplaced(live.url)) {
    await runSql(withDatabase(live.url, 'postgres'), `DROP DATABASE "${name}" WITH (FORCE)`)
  }
  await live.drop()
}

/** Undoes a restore, so that the live database is as it was before. */
async function takeBack(url: string): Promise<void> {
  const { keptAs = '' } = await undoRestore({ clock: systemClock }, { databaseUrl: url })
  expect(await stateOf(url)).toBe('untouched')
  await dropReplaced(url, keptAs)
}

/** A run without a kill: nothing of the earlier ones remains. */
async function restoreWhole(url: string): Promise<void> {
  const { keptAs } = await restoreHere(url)
  expect(await stateOf(url)).toBe('swapped')
  expect(await family(url)).toEqual([new URL(url).pathname.slice(1), keptAs])
  await takeBack(url)
}

/** Two at a time, for two processors. */
async function inTwoLanes<T>(items: T[], work: (items: T[]) => Promise<void>): Promise<void> {
  const middle = Math.ceil(items.length / 2)
  await Promise.all([work(items.slice(0, middle)), work(items.slice(middle))])
}

describe('killed with -9 at a random moment', () => {
  test(
    'a restore leaves the live database either unchanged or completely restored; the next one succeeds and cleans up',
    PATIENT,
    async () => {
      const first = await liveDatabase()
      const whole = await run('restore', { databaseUrl: first.url })
      expect(whole.status).toBe(0)
      await dropFamily(first)
      const seen: Record<State | 'left behind', number> = { untouched: 0, swapped: 0, 'left behind': 0 }

      await inTwoLanes(KILLS_OF_RESTORE, async (points) => {
        const live = await liveDatabase()
        for (const [at, [part, afterMs]] of points.entries()) {
          // meets the leftovers of the kill before
          const kill = { atRequest: Math.ceil(part * whole.requests), afterMs }
          await run('restore', { databaseUrl: live.url, kill })
          await sessionsEnded(live.url)
          const state = await stateOf(live.url)
          seen[state] += 1
          if ((await family(live.url)).some((name) => name.includes('_restore_'))) seen['left behind'] += 1
          expect(await listReplaced(live.url)).toHaveLength(state === 'swapped' ? 1 : 0)
          if (state === 'swapped') await takeBack(live.url)
          if (at % 5 === 4 || !isThorough) await restoreWhole(live.url)
        }
        await dropFamily(live)
      })
      expect(seen.untouched).toBeGreaterThan(0)
      expect(seen['left behind']).toBeGreaterThan(0)
      const safetyBackups = await listBackups(storage.store, SOURCE)
      expect(safetyBackups.filter(({ readable }) => !readable)).toEqual([])
    },
  )

  test.runIf(isThorough)(
    'a proof leaves the backup unproven; the next one proves it and removes the leftovers',
    PATIENT,
    async () => {
      const tempDir = await mkdtemp(join(tmpdir(), 'hunter-faults-'))
      const { ranMs, status } = await run('prove', { tempDir })
      expect(status).toBe(0)
      let leftBehind = 0
      await inTwoLanes(POINTS.slice(36), async (points) => {
        for (const [part] of points) {
          await run('prove', { tempDir }, part * ranMs)
          const { state } = await showBackup(storage.store, { source: SOURCE, id: manifest.id })
          expect(state).toBe('verified') // never half-written, whatever happened
          leftBehind += (await readdir(tempDir)).filter((name) => name.startsWith('hunter-proof-')).length
        }
      })
      expect(leftBehind).toBeGreaterThan(0)
      const proof = await verifyBackup(
        { store: storage.store, clock: systemClock, tempDir },
        { source: SOURCE, id: manifest.id, toolVersion: TOOL_VERSION },
      )
      expect(proof.verified).toBe(true)
      expect(await readdir(tempDir)).toEqual([getTemplateName()])
      await rm(tempDir, { recursive: true })
    },
  )
})
