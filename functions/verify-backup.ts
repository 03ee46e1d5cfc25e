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
import { tagExpirableBackups } from '#runtime/backup-operations'
import { prepareProof, withFailureReport } from '#runtime/backups'
import { type ProcessContext, getProcessContext } from '#runtime/process-context'
import { getDeadline } from '#runtime/deadline'
import { VERSION } from '#runtime/version'

/** Assertions that must hold in every restored copy; a deployment copies them beside the migrations. */
const ASSERTIONS = join(process.env['LAMBDA_TASK_ROOT'] ?? join(import.meta.dirname, '..'), 'assertions')

const processor = new BatchProcessor(EventType.SQS)

/** The proof queue calls it. A request that fails returns, and in the end becomes a dead letter, which rings. */
export function handler(event: SQSEvent, lambdaContext: Context): Promise<PartialItemFailureResponse> {
  return processPartialResponse(event, prove, processor, { context: lambdaContext, throwOnFullBatchFailure: false })
}

function prove(record: SQSRecord, lambdaContext?: Context): Promise<void> {
  const context = getProcessContext('verify-backup')
  const deadline = getDeadline(context, lambdaContext)
  return withFailureReport(context, 'backup_not_verified', async () => {
    const { source, backupId, isOfHash } = parseProofRequest(record.body)
    if (isOfHash) return checkHash(context, { source, id: backupId })
    const { deps, input } = prepareProof(context, backupId, source)
    const { level, checks, restoreMs } = requireVerified(
      await verifyBackup({ ...deps, deadline }, { ...input, assertions: await readAssertions(ASSERTIONS) }),
    )
    context.log.info('backup_verified', { id: backupId, level, restoreMs, checks: checks.length })
    await handOver(context, source)
    await sweep(context, deps.scratchUrl)
  })
}

/** Records the result, which has an alarm of its own: a retry would not repair damage. */
async function checkHash(context: ProcessContext, ref: BackupRef): Promise<void> {
  const { deps } = prepareProof(context, ref.id, ref.source)
  const { passed, reason, bytes, durationMs } = await checkStored(deps, { ...ref, toolVersion: VERSION })
  context.log[passed ? 'info' : 'error']('backup_checked', { ...ref, passed, reason, bytes, durationMs })
}

/** The proof is valid without it, and the reconciler repeats it within the hour or fails itself. */
async function handOver(context: ProcessContext, source: string): Promise<void> {
  try {
    const tagged = await tagExpirableBackups(context, source)
    context.log.info('retention_handed_over', { tagged: tagged.map(({ id, tier }) => `${id} ${tier}`) })
  } catch (error) {
    context.log.error('retention_not_handed_over', { error })
  }
}

/**
 * Removes what a proof left when Lambda stopped it. The next proof on that server would do so, too, but it may be far
 * away.
 */
async function sweep(context: ProcessContext, scratchUrl: string | undefined): Promise<void> {
  if (scratchUrl === undefined) return
  try {
    const dropped = await sweepScratchServer(scratchUrl)
    if (dropped.length > 0) context.log.warn('scratch_server_swept', { dropped })
  } catch (error) {
    context.log.error('scratch_server_not_swept', { error })
  }
}
