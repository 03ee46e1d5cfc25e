import { SCHEDULES } from '#platform/schedules'
import { createFunction, withDatabase } from './functions.ts'
import {
  consume,
  listBackups,
  putObjects,
  readBackups,
  sendTo,
  snapshotDatabase,
  uploadObjects,
} from './permissions.ts'
import { runOnSchedule } from './schedule.ts'
import type { Shared } from './shared.ts'

/** 1.7 processors, and the most that a new AWS account may ask for. */
const MEMORY = '3008 MB'

/** Postgres and pg_dump compiled to WASM. */
const WASM = ['@electric-sql/pglite', '@electric-sql/pglite-tools']

export function createBackups(shared: Shared): void {
  createBackup(shared)
  createProof(shared)
}

function createBackup({ secrets, network, database, storage, queues }: Shared): void {
  const schedule = SCHEDULES.backup
  const { environment, ...access } = withDatabase(network)
  const backup = createFunction('Backup', secrets, {
    handler: schedule.handler,
    ...access,
    environment: {
      ...environment,
      HUNTER_BACKUP_SOURCE: 'hunter',
      HUNTER_RDS_CLUSTER: database.id,
    },
    timeout: '15 minutes',
    memory: MEMORY,
    retries: schedule.retries,
    install: WASM,
    // runs in a worker thread, which takes a file
    copyFiles: [{ from: 'packages/backups/ddl-worker.ts', to: 'ddl-worker.ts' }],
    link: [database, storage.bucket, queues.proofs],
    permissions: [
      ...uploadObjects(storage, ['dump.sql.gz', 'manifest.json']),
      sendTo(queues.proofs),
      sendTo(queues.failedSchedules),
      snapshotDatabase(database),
    ],
    transform: {
      eventInvokeConfig: (args) => {
        args.destinationConfig = { onFailure: { destination: queues.failedSchedules.arn } }
      },
    },
  })
  runOnSchedule(schedule, backup, queues.failedSchedules)
}

/** Outside the network: it restores into its own memory and disk and talks to S3 alone. */
function createProof({ secrets, storage, queues }: Shared): void {
  const proof = createFunction('VerifyBackup', secrets, {
    handler: 'functions/verify-backup.handler',
    environment: { HUNTER_BACKUP_SOURCE: 'hunter' },
    timeout: '15 minutes',
    memory: MEMORY,
    // the embedded Postgres lives on /tmp
    storage: '10240 MB',
    install: WASM,
    link: [storage.bucket],
    permissions: [
      consume(queues.proofs),
      listBackups(storage),
      ...readBackups(storage),
      ...putObjects(storage, ['proof.json']),
    ],
  })
  queues.proofs.subscribe(proof.arn, { batch: { size: 1, partialResponses: true } })
}
