import { type Schedule, schedulesAt } from '#deployment/schedules'
import { createFunction, type FunctionSettings, limitsOf, withDatabase } from './functions.ts'
import { PARAMETERS_PATH } from './parameters.ts'
import {
  abortUploads,
  consume,
  listBackups,
  pruneSnapshots,
  putObjects,
  readBackups,
  readParameters,
  readReports,
  sendTo,
  snapshotDatabase,
  tagBackups,
  uploadObjects,
} from './permissions.ts'
import { runOnSchedule } from './schedule.ts'
import type { Shared } from './shared.ts'

/** Postgres and pg_dump compiled to WASM. */
const WASM = ['@electric-sql/pglite', '@electric-sql/pglite-tools']

/** pg_dump runs in a process of its own, which takes files. */
const PG_DUMP = copyBeside('child-pipe.ts', 'pg-dump-child.ts')
/** The embedded Postgres, too. */
const PGLITE = copyBeside('pglite-child.ts')

function copyBeside(...files: string[]) {
  return files.map((file) => ({ from: `packages/backups/wasm/${file}`, to: file }))
}

/** HUNTER_BACKUP_TIME and HUNTER_BACKUP_TIMEZONE, set while deploying, make it another night than the table's. */
const SCHEDULES = schedulesAt(
  {
    time: process.env['HUNTER_BACKUP_TIME'] || undefined,
    timezone: process.env['HUNTER_BACKUP_TIMEZONE'] || undefined,
  },
  new Date(),
)

/** What retention counts its months and weeks by. */
const CALENDAR = { HUNTER_BACKUP_TIMEZONE: SCHEDULES.backup.timezone }

/** The first part of every backup's key. */
export const BACKUP_SOURCE = 'hunter'

export type BackupFunctions = ReturnType<typeof createBackups>

export function createBackups(shared: Shared) {
  createProof(shared)
  return { backup: createBackup(shared), reconciler: createReconciler(shared), drill: createDrill(shared) }
}

function createBackup(shared: Shared) {
  const { secrets, network, database, storage, queues } = shared
  const { environment, ...access } = withDatabase(network)
  return createScheduled(shared, 'Backup', SCHEDULES.backup, {
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
      // a run takes its place after the newest of its series
      listBackups(storage),
      ...readReports(storage, ['manifest.json']),
      sendTo(queues.proofs),
      snapshotDatabase(database),
      ...readParameters(PARAMETERS_PATH),
    ],
  })
}

/**
 * Restores into its own memory and disk or, what is too large for them, on the proof server. Of the live database it
 * knows neither the address nor the password.
 */
function createProof({ secrets, network, proofServer, storage, queues }: Shared): void {
  const { environment, ...access } = withDatabase(network)
  const proof = createFunction('VerifyBackup', secrets, {
    ...limitsOf('verify-backup'),
    ...access,
    environment: { ...environment, ...CALENDAR, HUNTER_BACKUP_SOURCE: BACKUP_SOURCE },
    // the embedded Postgres lives on /tmp
    storage: '10240 MB',
    install: WASM,
    copyFiles: [...PG_DUMP, ...PGLITE, { from: 'assertions' }],
    link: [storage.bucket, proofServer, secrets.backupKey],
    permissions: [
      consume(queues.proofs),
      listBackups(storage),
      ...readBackups(storage),
      ...putObjects(storage, ['proof.json', 'check.json']),
      // once a backup is proven, the one before it may expire
      tagBackups(storage),
    ],
  })
  queues.proofs.subscribe(proof.arn, { batch: { size: 1, partialResponses: true } })
}

/** Outside the network as well: it talks to AWS alone and reads no data. */
function createReconciler(shared: Shared) {
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
      sendTo(queues.proofs),
      ...pruneSnapshots(database, BACKUP_SOURCE),
    ],
  })
}

/** Restores beside the live database, so that what it measures is what a recovery would take. */
function createDrill(shared: Shared) {
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

/** A function that the clock calls; what it fails at for good ends in a queue that rings. */
function createScheduled(
  { secrets, queues }: Shared,
  name: string,
  schedule: Schedule,
  {
    permissions,
    ...args
  }: Omit<FunctionSettings, 'handler' | 'permissions'> & { permissions: sst.aws.FunctionPermissionArgs[] },
) {
  const fn = createFunction(name, secrets, {
    ...args,
    ...limitsOf(schedule.function),
    retries: schedule.retries,
    permissions: [...permissions, sendTo(queues.failedSchedules)],
    transform: {
      eventInvokeConfig: (config) => {
        config.destinationConfig = { onFailure: { destination: queues.failedSchedules.arn } }
      },
    },
  })
  runOnSchedule(schedule, fn, queues.failedSchedules)
  return fn
}
