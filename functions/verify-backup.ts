import { join } from 'node:path'
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch'
import type { PartialItemFailureResponse } from '@aws-lambda-powertools/batch/types'
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda'
import { readAssertions } from '#backups/proof/assertions'
import type { BackupRef } from '#backups/store/catalog'
import { checkStored } from '#backups/operations/check-stored'
import { requireVerified, verifyBackup } from '#backups/proof/verify'
import { parseProofRequest } from '#backups/proof/request-message'
import { sweepScratchServer } from '#backups/postgres/scratch-database'
import { handOverTags } from '#runtime/backup-operations'
import { newProof, reportingFailure } from '#runtime/backups'
import { type Base, baseOf } from '#runtime/process-context'
import { deadlineOf } from '#runtime/deadline'
import { VERSION } from '#runtime/version'

/** What must hold in every restored copy, beside the migrations. */
const ASSERTIONS = join(process.env['LAMBDA_TASK_ROOT'] ?? join(import.meta.dirname, '..'), 'assertions')

const processor = new BatchProcessor(EventType.SQS)

/** Called with requests for proof. One that isn't met comes again and ends among the dead letters, which ring. */
export function handler(event: SQSEvent, context: Context): Promise<PartialItemFailureResponse> {
  return processPartialResponse(event, prove, processor, { context, throwOnFullBatchFailure: false })
}

function prove(record: SQSRecord, context?: Context): Promise<void> {
  const base = baseOf('verify-backup')
  const deadline = deadlineOf(base, context)
  return reportingFailure(base, 'backup_not_verified', async () => {
    const { source, backupId, isOfHash } = parseProofRequest(record.body)
    if (isOfHash) return checkHash(base, { source, id: backupId })
    const { deps, input } = newProof(base, backupId, source)
    const { level, checks, restoreMs } = requireVerified(
      await verifyBackup({ ...deps, deadline }, { ...input, assertions: await readAssertions(ASSERTIONS) }),
    )
    base.log.info('backup_verified', { id: backupId, level, restoreMs, checks: checks.length })
    await handOver(base, source)
    await sweep(base, deps.scratchUrl)
  })
}

/** What is found is written down, and rings from there: damage does not go away when the message comes again. */
async function checkHash(base: Base, ref: BackupRef): Promise<void> {
  const { deps } = newProof(base, ref.id, ref.source)
  const { passed, reason, bytes, durationMs } = await checkStored(deps, { ...ref, toolVersion: VERSION })
  base.log[passed ? 'info' : 'error']('backup_checked', { ...ref, passed, reason, bytes, durationMs })
}

/** The proof stands without it, and the reconciler makes up for it within the hour or fails itself. */
async function handOver(base: Base, source: string): Promise<void> {
  try {
    const tagged = await handOverTags(base, source)
    base.log.info('retention_handed_over', { tagged: tagged.map(({ id, tier }) => `${id} ${tier}`) })
  } catch (error) {
    base.log.error('retention_not_handed_over', { error })
  }
}

/** What a proof left that was stopped with its function; the next proof on that server would find it, but when is that? */
async function sweep(base: Base, scratchUrl: string | undefined): Promise<void> {
  if (scratchUrl === undefined) return
  try {
    const dropped = await sweepScratchServer(scratchUrl)
    if (dropped.length > 0) base.log.warn('scratch_server_swept', { dropped })
  } catch (error) {
    base.log.error('scratch_server_not_swept', { error })
  }
}
