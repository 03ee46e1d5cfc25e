import { join } from 'node:path'
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch'
import type { PartialItemFailureResponse } from '@aws-lambda-powertools/batch/types'
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda'
import { readAssertions } from '#backups/assertions'
import { requireVerified, verifyBackup } from '#backups/proof'
import { proofRequest } from '#backups/proof-request'
import { handOverTags } from '#runtime/backup-operations'
import { newProof, reportingFailure } from '#runtime/backups'
import { type Base, baseOf } from '#runtime/base'

/** What must hold in every restored copy, beside the migrations. */
const ASSERTIONS = join(process.env['LAMBDA_TASK_ROOT'] ?? join(import.meta.dirname, '..'), 'assertions')

const processor = new BatchProcessor(EventType.SQS)

/** Called with requests for proof. One that isn't met comes again and ends among the dead letters, which ring. */
export function handler(event: SQSEvent, context: Context): Promise<PartialItemFailureResponse> {
  return processPartialResponse(event, prove, processor, { context, throwOnFullBatchFailure: false })
}

function prove(record: SQSRecord): Promise<void> {
  const base = baseOf('verify-backup')
  return reportingFailure(base, 'backup_not_verified', async () => {
    const { source, backupId } = proofRequest(record.body)
    const { deps, input } = newProof(base, backupId, source)
    const { level, checks, restoreMs } = requireVerified(
      await verifyBackup(deps, { ...input, assertions: await readAssertions(ASSERTIONS) }),
    )
    base.log.info('backup_verified', { id: backupId, level, restoreMs, checks: checks.length })
    await handOver(base, source)
  })
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
