/**
 * A restore or a proof in a process of its own, to be killed: `node restore-process.ts <restore|prove>` with its input
 * as JSON in HUNTER_TEST_INPUT. It prints a line when it begins and, at the end, how often it asked its servers.
 */
import { randomBytes } from 'node:crypto'
import { flushCompileCache } from 'node:module'
import { setTimeout as pause } from 'node:timers/promises'
import { S3Client } from '@aws-sdk/client-s3'
import { createBackupId, parseBackupId } from '#backups/format/backup-id'
import { Client } from 'pg'
import { createObjectStore, type ObjectStore } from '#backups/store/object-store'
import { verifyBackup } from '#backups/proof/verify'
import { restoreBackup } from '#backups/restore/replace-live'
import { LOCAL_CREDENTIALS } from '#emulators/s3/server'
import { systemClock } from '#platform/clock'
import { BUCKET } from './backup-store.ts'

export interface RestoreProcessInput {
  s3Url: string
  source: string
  id: string
  databaseUrl: string
  tempDir: string
  /** The process kills itself so many milliseconds after it has asked a server for something for the nth time. */
  kill?: { atRequest: number; afterMs: number } | undefined
}

const { s3Url, source, databaseUrl, tempDir, kill, ...input } = JSON.parse(
  process.env['HUNTER_TEST_INPUT'] ?? '',
) as RestoreProcessInput
const s3 = new S3Client({ endpoint: s3Url, region: 'us-east-1', credentials: LOCAL_CREDENTIALS })
const deps = { store: counted(createObjectStore({ s3, bucket: BUCKET })), clock: systemClock, tempDir }
const id = parseBackupId(input.id)
const toolVersion = '0.0.0-test'

let requests = 0
const query = Reflect.get(Client.prototype, 'query') as (...args: unknown[]) => unknown
Client.prototype.query = function counting(this: Client, ...args: unknown[]) {
  return asked(() => Reflect.apply(query, this, args))
} as typeof Client.prototype.query

flushCompileCache() // a killed process writes nothing
console.log('begun')
if (process.argv[2] === 'restore') {
  const safetyBackup = { newId: () => createBackupId(systemClock.now(), randomBytes(3).toString('hex')), toolVersion }
  await restoreBackup(deps, { source, id, databaseUrl, safetyBackup })
} else {
  await verifyBackup(deps, { source, id, toolVersion })
}
console.log(requests)
process.exit()

function counted(store: ObjectStore): ObjectStore {
  return {
    ...store,
    read: (...args) => asked(() => store.read(...args)),
    startUpload: (...args) => asked(() => store.startUpload(...args)),
    putJson: (...args) => asked(() => store.putJson(...args)),
  }
}

function asked<T>(work: () => T): T {
  requests += 1
  if (requests === kill?.atRequest) void pause(kill.afterMs).then(() => process.kill(process.pid, 'SIGKILL'))
  return work()
}
