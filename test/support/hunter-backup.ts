import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import type { AnyManifest, Proof } from '#backups/format/manifest'
import { backupCommand } from '#cli/backup'
import { LOCAL_CREDENTIALS } from '#emulators/s3/server'
import { systemClock } from '#platform/clock'
import { runSql } from '../backups/fixtures.ts'
import { startTestStore, type TestStore } from './backup-store.ts'
import { createTestDatabase, type TestDatabase } from './postgres.ts'
import type { Finished } from './run-hunter.ts'
import { runInProcess } from './run-in-process.ts'

/** `hunter backup` with these arguments, in this process. */
export function hunterBackup(...args: string[]): Promise<Finished> {
  return runInProcess(backupCommand, args)
}

/** What it answers with `--json`, when nothing is wrong. */
export async function jsonOf<T>(...args: string[]): Promise<T> {
  const { status, out, err } = await hunterBackup(...args, '--json')
  expect({ status, err }).toEqual({ status: 0, err: '' })
  return JSON.parse(out) as T
}

/** An environment with a bucket and no stack: `dataDir` is where none runs. */
export function envWithoutStack(bucketUrl: string, dataDir: string): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    AWS_ENDPOINT_URL_S3: bucketUrl,
    HUNTER_DATA_DIR: dataDir,
    NO_COLOR: '1',
  }
}

/** What `hunter backup run --dest … --json` answers. */
export interface AloneRun {
  id: string
  source: string
  manifest: AnyManifest
  proof?: Proof
}

/** A database with two notes, a bucket, and an environment with no stack, which the test's own process has until `close`. */
export interface AloneRoom {
  bucket: TestStore
  database: TestDatabase
  env: Record<string, string>
  /** An empty folder. */
  newDest: () => Promise<string>
  close: () => Promise<void>
}

export async function openAloneRoom(): Promise<AloneRoom> {
  const bucket = await startTestStore(systemClock)
  const database = await createTestDatabase()
  await runSql(database.url, `CREATE TABLE notes (note text);\nINSERT INTO notes VALUES ('one'), ('two')`)
  const dir = await mkdtemp(join(tmpdir(), 'hunter-alone-'))
  const env = envWithoutStack(bucket.url, join(dir, 'no-stack'))
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  return {
    bucket,
    database,
    env,
    newDest: () => mkdtemp(join(dir, 'dest-')),
    close: async () => {
      vi.unstubAllEnvs()
      await bucket.close()
      await database.drop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
