import * as z from 'zod/mini'
import { AppError } from '#platform/errors'
import { type BackupId, parseBackupId } from '#backups/backup-id'

const schema = z.object({ source: z.string(), backupId: z.string() })

/** The body of a message that asks for a proof. @throws AppError BACKUP_ID_INVALID */
export function proofRequest(body: string): { source: string; backupId: BackupId } {
  const { source, backupId } = parse(body)
  return { source, backupId: parseBackupId(backupId) }
}

function parse(body: string): z.infer<typeof schema> {
  try {
    return z.parse(schema, JSON.parse(body))
  } catch (cause) {
    throw new AppError('BACKUP_ID_INVALID', 'the message names no source and backupId', { cause })
  }
}
