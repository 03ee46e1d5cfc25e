import { planSchedules } from '#deployment/schedules'
import { createFunction, readFunctionLimits, withDatabase } from './functions.ts'
import { PARAMETERS_PATH } from './parameters.ts'
import {
  abortUploads,
  consumeQueue,
  listBackups,
  pruneSnapshots,
  putObjects,
  readBackups,
  readParameters,
  readReports,
  sendToQueue,
  snapshotDatabase,
  tagBackups,
  uploadObjects,
} from './permissions.ts'
import { createScheduled } from './schedule.ts'
import type { StackResources } from './resources.ts'

/** Postgres and pg_dump compiled to WASM. */
const WASM = ['@electric-sql/pglite', '@electric-sql/pglite-tools']

/** pg_dump runs in a process of its own, which needs files. */
const PG_DUMP = copyBeside('child-pipe.ts', 'pg-dump-child.ts')
/** The embedded Postgres does, too. */
const PGLITE = copyBeside('pglite-child.ts')

function copyBeside(...files: string[]) {
  return files.map((file) => ({ from: `packages/backups/wasm/${file}`, to: file }))
}

/** HUNTER_BACKUP_TIME and HUNTER_BACKUP_TIMEZONE, set while deploying, override the nightly time of the table. */
const TIME = process.env['HUNTER_BACKUP_TIME'] || undefined
const SCHEDULES = planSchedules(
  { time: TIME, timezone: process.env['HUNTER_BACKUP_TIMEZONE'] || undefined },
  new Date(),
)

/** The calendar by which retention counts months and weeks, and the time of the nightly backup that the API names. */
export const CALENDAR = {
  HUNTER_BACKUP_TIMEZONE: SCHEDULES.backup.timezone,
  ...(TIME === undefined ? {} : { HUNTER_BACKUP_TIME: TIME }),
}

/** The first part of every backup's object key. */
export const BACKUP_SOURCE = 'hunter'

export type BackupFunctions = ReturnType<typeof createBackups>

export function createBackups(shared: StackResources) {
  createProof(shared)
  return { backup: createBackup(shared), reconciler: createReconciler(shared), drill: createDrill(shared) }
}

function createBackup(shared: StackResources) {
  const { secrets, network, database, storage, queues } = shared
  const { environment, ...access } = withDatabase(network)
  const backup = createScheduled(shared, 'Backup', SCHEDULES.backup, {
    ...access,
    environment: {
      ...environment,
      HUNTER_BACKUP_SOURCE: BACKUP_SOURCE,
      HUNTER_BACKUP_PARAMETERS: PARAMETERS_PATH,
      HUNTER_RDS_CLUSTER: database.id,
    },
    install: WASM,
    copyFiles: PG_DUMP,
    link: [database, storage.bucket, queues.proofs, secrets.backupKey],
    permissions: [
      ...uploadObjects(storage, ['dump.sql.gz', 'config.tar.gz', 'manifest.json', 'run.json']),
      // a run takes the next place after the newest of its series
      listBackups(storage),
      ...readReports(storage, ['manifest.json']),
      sendToQueue(queues.proofs),
      snapshotDatabase(database),
      ...readParameters(PARAMETERS_PATH),
      consumeQueue(queues.backups),
    ],
  })
  queues.backups.subscribe(backup.arn, { batch: { size: 1 } })
  return backup
}

/**
 * Restores a backup into its own memory and disk or, when too large, on the proof server. It has neither the address
 * nor the password of the live database.
 */
function createProof({ secrets, network, proofServer, storage, queues }: StackResources): void {
  const { environment, ...access } = withDatabase(network)
  const proof = createFunction('VerifyBackup', secrets, {
    ...readFunctionLimits('verify-backup'),
    ...access,
    environment: { ...environment, ...CALENDAR, HUNTER_BACKUP_SOURCE: BACKUP_SOURCE },
    // the embedded Postgres writes to /tmp
    storage: '10240 MB',
    install: WASM,
    copyFiles: [...PG_DUMP, ...PGLITE, { from: 'assertions' }],
    link: [storage.bucket, proofServer, secrets.backupKey],
    permissions: [
      consumeQueue(queues.proofs),
      listBackups(storage),
      ...readBackups(storage),
      ...putObjects(storage, ['proof.json', 'check.json']),
      // a proven backup lets the one before it expire
      tagBackups(storage),
    ],
  })
  queues.proofs.subscribe(proof.arn, { batch: { size: 1, partialResponses: true } })
}

/** Runs outside the network: it talks to AWS alone and reads no data. */
function createReconciler(shared: StackResources) {
  const { database, storage, queues } = shared
  return createScheduled(shared, 'ReconcileBackups', SCHEDULES.reconcile, {
    environment: { ...CALENDAR, HUNTER_BACKUP_SOURCE: BACKUP_SOURCE, HUNTER_RDS_CLUSTER: database.id },
    link: [storage.bucket, queues.proofs],
    permissions: [
      listBackups(storage),
      ...readReports(storage, ['manifest.json', 'proof.json', 'check.json', 'proof-requests.json', 'drill.json']),
      ...putObjects(storage, ['proof-requests.json']),
      tagBackups(storage),
      ...abortUploads(storage),
      sendToQueue(queues.proofs),
      ...pruneSnapshots(database, BACKUP_SOURCE),
    ],
  })
}

/** Restores beside the live database, so that it measures a real recovery. */
function createDrill(shared: StackResources) {
  const { network, database, storage } = shared
  const { environment, ...access } = withDatabase(network)
  return createScheduled(shared, 'RestoreDrill', SCHEDULES.drill, {
    ...access,
    environment: { ...environment, HUNTER_BACKUP_SOURCE: BACKUP_SOURCE },
    install: WASM,
    copyFiles: [...PG_DUMP, ...PGLITE],
    link: [database, storage.bucket],
    permissions: [listBackups(storage), ...readBackups(storage), ...putObjects(storage, ['drill.json'])],
  })
}
