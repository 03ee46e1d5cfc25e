import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { type BackupId, createBackupId } from '#backups/format/backup-id'
import { createObjectStore, type ObjectStore } from '#backups/store/object-store'
import type { ProofDeps, ProofInput } from '#backups/proof/verify'
import { createBucketRemover, type Remover } from '#backups/retention/remover'
import type { RunBackupDeps, RunBackupInput } from '#backups/operations/run-backup'
import { startSnapshot } from '#backups/snapshots/start'
import type { SafetyBackup } from '#backups/restore/safety-backup'
import type { Clock } from '#platform/clock'
import { AppError, getErrorMessage } from '#platform/errors'
import { requestProof } from '#runtime/backup-queues'
import { type BackupConfig, collectBackupConfig, findExpectedFiles, readBackupConfig } from '#runtime/backup-config'
import { type ProcessContext, getDatabaseUrl, buildPostgresUrl } from '#runtime/process-context'
import { readAppliedRevision } from '#db/applied-revision'
import { readProofLimit } from '#runtime/proof-limit'
import { getResource, findResource } from '#runtime/resources'
import { getRunHost } from '#runtime/run-host'
import { createS3Clients } from '#runtime/s3-client'
import { createReporter } from '#runtime/sentry'
import type { Settings } from '#runtime/settings'
import { createDatabaseSnapshots } from '#runtime/snapshots'
import { VERSION } from '#runtime/version'

export function createBackupStore(): ObjectStore {
  return createObjectStore({ ...createS3Clients(), bucket: getResource('Backups').name })
}

/** Removes single objects when a person asks for it; the bucket's lifecycle removes everything else. */
export function createStackRemover(): Remover {
  return createBucketRemover({ s3: createS3Clients().s3, bucket: getResource('Backups').name, prefix: '' })
}

/**
 * Prepares a backup of the linked database, with snapshot, settings and proof where they are configured.
 * @param configFiles overrides HUNTER_BACKUP_CONFIG
 */
export function prepareBackup(
  { settings, clock }: ProcessContext,
  configFiles?: string,
): { deps: RunBackupDeps; input: RunBackupInput; config: BackupConfig } {
  const env = configFiles === undefined ? process.env : { ...process.env, HUNTER_BACKUP_CONFIG: configFiles }
  const defaults = settings.HUNTER_ENV === 'local' ? ['.env'] : []
  const config = readBackupConfig(env, defaults)
  const store = createBackupStore()
  const collect = async () => {
    const files = config.files === defaults ? await findExpectedFiles(store, source, defaults) : config.files
    return collectBackupConfig({ ...config, files })
  }
  const source = settings.HUNTER_BACKUP_SOURCE
  const snapshots = createDatabaseSnapshots(settings)
  const url = getDatabaseUrl(settings)
  return {
    deps: {
      store,
      clock,
      startSnapshot: snapshots && ((id) => startSnapshot(snapshots, { source, id })),
      collectConfig: collect,
      requestProof: (id) => requestProof({ source, id }),
      readRevision: () => readAppliedRevision(url),
    },
    config,
    input: {
      id: createBackupId(clock.now(), randomBytes(3).toString('hex')),
      source,
      databaseUrl: url,
      streams: settings.HUNTER_BACKUP_STREAMS,
      allowIncomplete: settings.HUNTER_BACKUP_ALLOW_INCOMPLETE === 'on',
      toolVersion: VERSION,
      at: getRunHost(),
    },
  }
}

/** Prepares the backup that a restore takes of the database it replaces. A stack proves that backup, too. */
export function prepareSafetyBackup(clock: Clock, by: 'stack' | 'nobody'): SafetyBackup {
  return {
    newId: () => createBackupId(clock.now(), randomBytes(3).toString('hex')),
    toolVersion: VERSION,
    readRevision: readAppliedRevision,
    requestProof: by === 'stack' ? requestProof : undefined,
  }
}

/** Finds the server for proofs that do not fit the embedded Postgres: the setting first, else the linked server. */
function findScratchUrl({ HUNTER_PROOF_SCRATCH_URL }: Settings): string | undefined {
  if (HUNTER_PROOF_SCRATCH_URL) return HUNTER_PROOF_SCRATCH_URL
  const server = findResource('ProofServer')
  return server && buildPostgresUrl(server)
}

/** `source` comes from the message that requests the proof; the setting is the default. */
export function prepareProof(
  { settings, clock }: ProcessContext,
  id: BackupId,
  source = settings.HUNTER_BACKUP_SOURCE,
): { deps: ProofDeps; input: ProofInput } {
  return {
    deps: {
      store: createBackupStore(),
      clock,
      tempDir: tmpdir(),
      scratchUrl: findScratchUrl(settings),
      limitMs: readProofLimit(settings),
      configKey: readBackupConfig(process.env, []).passphrase,
    },
    input: { source, id, toolVersion: VERSION },
  }
}

/** Runs a function's work. Logs and reports a failure, then throws it on to the caller. */
export async function withFailureReport<T>(
  { settings, log }: ProcessContext,
  event: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = error instanceof AppError ? error.code : 'INTERNAL'
    log.error(event, { code, reason: getErrorMessage(error), error })
    const reporter = createReporter(settings, VERSION, log)
    reporter.report(error, { category: 'backup', code })
    await reporter.flush()
    throw error
  }
}
