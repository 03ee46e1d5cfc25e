import { RDSClient } from '@aws-sdk/client-rds'
import { createClusterSnapshots, createInstanceSnapshots } from '#backups/snapshots/rds-snapshots'
import type { Snapshots } from '#backups/snapshots/start'
import type { Settings } from '#runtime/settings'

/** Snapshots of the database that the settings name; undefined when it does not run on RDS. */
export function createDatabaseSnapshots({ HUNTER_RDS_CLUSTER, HUNTER_RDS_INSTANCE }: Settings): Snapshots | undefined {
  if (HUNTER_RDS_CLUSTER) return createClusterSnapshots(new RDSClient(), HUNTER_RDS_CLUSTER)
  if (HUNTER_RDS_INSTANCE) return createInstanceSnapshots(new RDSClient(), HUNTER_RDS_INSTANCE)
  return undefined
}
