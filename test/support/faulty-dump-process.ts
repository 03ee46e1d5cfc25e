/**
 * A backup in a process of its own, to be killed: `node faulty-dump-process.ts` with its input as JSON in
 * HUNTER_TEST_INPUT. It prints a line when it begins and, at the end, its backup's id or what failed, and its peak of
 * memory in MiB.
 */
import { randomBytes } from 'node:crypto'
import { flushCompileCache } from 'node:module'
import { S3Client } from '@aws-sdk/client-s3'
import { type BackupId, createBackupId } from '#backups/format/backup-id'
import { writeConfig } from '#backups/config/collect'
import { dumpDatabase } from '#backups/dump/dump'
import { createFileStore } from '#backups/store/file-store'
import { createObjectStore, type ObjectStore } from '#backups/store/object-store'
import { dumpSqlite } from '#backups/sqlite/dump'
import { LOCAL_CREDENTIALS } from '#emulators/s3/server'
import { systemClock } from '#platform/clock'
import { AppError } from '#platform/errors'
import { BUCKET } from './backup-store.ts'

export interface DumpProcessInput {
  /** Where the dump goes: a bucket on a server, or a folder. */
  to: { s3Url: string } | { dir: string }
  source: string
  from: { databaseUrl: string } | { path: string; tempDir: string }
  /** The process kills itself as it sends the nth request of that name, or as its answer is there. */
  kill?: { command: string; nth: number; when: 'before' | 'after' } | undefined
  streams?: number | undefined
}

const input = JSON.parse(process.env['HUNTER_TEST_INPUT'] ?? '') as DumpProcessInput
const store = storeOf(input)
const id: BackupId = createBackupId(systemClock.now(), randomBytes(3).toString('hex'))
const { source, from, streams } = input
const SETTINGS = { name: 'settings.json', contents: randomBytes(20_000), isSealed: false, bytes: 20_000 }
const keepSettings = () => writeConfig({ store }, { source, id }, { files: [SETTINGS], warnings: [] })
const about = { id, source, toolVersion: '0.0.0-test', writeConfig: keepSettings }

flushCompileCache() // a killed process writes nothing
console.log('begun')
try {
  await backUp()
  console.log(id)
} catch (error) {
  console.log(error instanceof AppError ? `${error.code}: ${error.message}` : String(error))
}
console.log(process.resourceUsage().maxRSS / 1024)
process.exit()

async function backUp(): Promise<unknown> {
  if ('path' in from) {
    const deps = { store, clock: systemClock, tempDir: from.tempDir }
    return dumpSqlite(deps, { ...about, codec: 'gzip', path: from.path })
  }
  return dumpDatabase({ store, clock: systemClock }, { ...about, databaseUrl: from.databaseUrl, streams })
}

function storeOf({ to, kill }: DumpProcessInput): ObjectStore {
  if ('dir' in to) return createFileStore({ dir: to.dir, randomHex: () => randomBytes(4).toString('hex') })
  const s3 = new S3Client({ endpoint: to.s3Url, region: 'us-east-1', credentials: LOCAL_CREDENTIALS })
  let seen = 0
  s3.middlewareStack.add(
    (next, context) => async (args) => {
      const isIt = kill !== undefined && context.commandName === kill.command && (seen += 1) === kill.nth
      if (isIt && kill.when === 'before') process.kill(process.pid, 'SIGKILL')
      const answer = await next(args)
      if (isIt && kill.when === 'after') process.kill(process.pid, 'SIGKILL')
      return answer
    },
    { step: 'build' },
  )
  return createObjectStore({ s3, bucket: BUCKET })
}
