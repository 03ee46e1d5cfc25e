import * as z from 'zod/mini'
import { AppError } from '#platform/errors'
import { type BackupId, parseBackupId } from '#backups/format/backup-id'

const schema = z.object({ source: z.string(), backupId: z.string(), only: z.optional(z.literal('hash')) })

interface ProofRequest {
  source: string
  backupId: BackupId
  /** true: only read the objects and compare their hashes. */
  isOfHash: boolean
}

/** Parses the body of a proof request. @throws AppError BACKUP_ID_INVALID */
export function parseProofRequest(body: string): ProofRequest {
  const { source, backupId, only } = parse(body)
  return { source, backupId: parseBackupId(backupId), isOfHash: only === 'hash' }
}

function parse(body: string): z.infer<typeof schema> {
  try {
    return z.parse(schema, JSON.parse(body))
  } catch (cause) {
    throw new AppError('BACKUP_ID_INVALID', 'the message lacks a source or a backupId', { cause })
  }
}
