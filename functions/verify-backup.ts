import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch'
import type { PartialItemFailureResponse } from '@aws-lambda-powertools/batch/types'
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda'
import { proofRequest } from '#backups/proof-request'
import { requireVerified, verifyBackup } from '#backups/proof'
import { messageOf } from '#platform/errors'
import { newProof } from '#runtime/backups'
import { baseOf } from '#runtime/base'

const processor = new BatchProcessor(EventType.SQS)

/** Called with requests for proof. One that isn't met comes again and ends among the dead letters, which ring. */
export function handler(event: SQSEvent, context: Context): Promise<PartialItemFailureResponse> {
  return processPartialResponse(event, prove, processor, { context, throwOnFullBatchFailure: false })
}

async function prove(record: SQSRecord): Promise<void> {
  const base = baseOf('verify-backup')
  try {
    const { source, backupId } = proofRequest(record.body)
    const { deps, input } = newProof(base, backupId, source)
    const { level, verified, checks, restoreMs } = await verifyBackup(deps, input).then(requireVerified)
    base.log.info('backup verified', { id: backupId, level, verified, restoreMs, checks: checks.length })
  } catch (error) {
    base.log.error('backup not verified', { reason: messageOf(error), error })
    throw error
  }
}
