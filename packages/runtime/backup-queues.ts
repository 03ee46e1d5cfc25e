/** Sends requests for backups and proofs to the functions that make them. */
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { BackupId } from '#backups/format/backup-id'
import { formatBackupRequest } from '#backups/operations/backup-request'
import type { BackupRef } from '#backups/store/catalog'
import { AppError } from '#platform/errors'
import { getResource } from '#runtime/resources'

export function requestBackup(id: BackupId): Promise<void> {
  return send('BackupQueue', formatBackupRequest(id), `backup ${id} could not be requested`)
}

export function requestProof({ source, id }: BackupRef): Promise<void> {
  return sendToProver({ source, backupId: id }, `the proof of backup ${id} could not be requested`)
}

/** Asks the prover to compare hashes: the reconciler may not read the objects itself. */
export function requestCheck({ source, id }: BackupRef): Promise<void> {
  return sendToProver({ source, backupId: id, only: 'hash' }, `the check of backup ${id} could not be requested`)
}

/** The message that `parseProofRequest` reads. */
interface Asked {
  source: string
  backupId: BackupId
  only?: 'hash'
}

function sendToProver(asked: Asked, unsent: string): Promise<void> {
  return send('ProofQueue', JSON.stringify(asked), unsent)
}

async function send(queue: 'BackupQueue' | 'ProofQueue', MessageBody: string, unsent: string): Promise<void> {
  try {
    await new SQSClient().send(new SendMessageCommand({ QueueUrl: getResource(queue).url, MessageBody }))
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('QUEUE_UNAVAILABLE', unsent, { cause })
  }
}
