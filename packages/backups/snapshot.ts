import { CreateDBClusterSnapshotCommand, type RDSClient } from '@aws-sdk/client-rds'
import { AppError, messageOf } from '#platform/errors'
import type { BackupId } from '#backups/backup-id'

export interface SnapshotInput {
  cluster: string
  source: string
  id: BackupId
}

/**
 * Asks for a snapshot of the Aurora cluster and doesn't wait: it takes minutes, and the tags say which backup it is
 * of. Returns the snapshot's identifier.
 * @throws AppError BACKUP_FAILED
 */
export async function startSnapshot({ rds }: { rds: RDSClient }, input: SnapshotInput): Promise<string> {
  const identifier = `${input.source}-${input.id.toLowerCase()}`
  try {
    await rds.send(
      new CreateDBClusterSnapshotCommand({
        DBClusterIdentifier: input.cluster,
        DBClusterSnapshotIdentifier: identifier,
        Tags: [
          { Key: 'hunter:source', Value: input.source },
          { Key: 'hunter:backup', Value: input.id },
        ],
      }),
    )
    return identifier
  } catch (cause) {
    throw new AppError('BACKUP_FAILED', `the cluster snapshot did not start: ${messageOf(cause)}`, { cause })
  }
}
