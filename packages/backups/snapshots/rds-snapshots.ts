import {
  CreateDBClusterSnapshotCommand,
  CreateDBSnapshotCommand,
  type DBSnapshot,
  DBClusterSnapshotNotFoundFault,
  DBSnapshotNotFoundFault,
  DeleteDBClusterSnapshotCommand,
  DeleteDBSnapshotCommand,
  paginateDescribeDBClusterSnapshots,
  paginateDescribeDBSnapshots,
  type RDSClient,
  type Tag,
} from '@aws-sdk/client-rds'
import { AppError, getErrorMessage } from '#platform/errors'
import type { Snapshot, Snapshots } from '#backups/snapshots/start'

export function createClusterSnapshots(rds: RDSClient, cluster: string): Snapshots {
  const of = { DBClusterIdentifier: cluster }
  return {
    start: (identifier, tags) =>
      talk('did not start', async () => {
        const named = { ...of, DBClusterSnapshotIdentifier: identifier }
        await rds.send(new CreateDBClusterSnapshotCommand({ ...named, Tags: tagList(tags) }))
      }),
    list: () =>
      talk('could not be listed', async () => {
        const found: Snapshot[] = []
        for await (const page of paginateDescribeDBClusterSnapshots({ client: rds }, { ...of, SnapshotType: 'manual' }))
          for (const { DBClusterSnapshotIdentifier, ...snapshot } of page.DBClusterSnapshots ?? [])
            found.push(described(DBClusterSnapshotIdentifier, snapshot))
        return found
      }),
    remove: (identifier) =>
      talk('could not be removed', async () => {
        const named = { DBClusterSnapshotIdentifier: identifier }
        await rds.send(new DeleteDBClusterSnapshotCommand(named)).catch(unlessGone)
      }),
  }
}

export function createInstanceSnapshots(rds: RDSClient, instance: string): Snapshots {
  const of = { DBInstanceIdentifier: instance }
  return {
    start: (identifier, tags) =>
      talk('did not start', async () => {
        const named = { ...of, DBSnapshotIdentifier: identifier }
        await rds.send(new CreateDBSnapshotCommand({ ...named, Tags: tagList(tags) }))
      }),
    list: () =>
      talk('could not be listed', async () => {
        const found: Snapshot[] = []
        for await (const page of paginateDescribeDBSnapshots({ client: rds }, { ...of, SnapshotType: 'manual' }))
          for (const { DBSnapshotIdentifier, ...snapshot } of page.DBSnapshots ?? [])
            found.push(described(DBSnapshotIdentifier, snapshot))
        return found
      }),
    remove: (identifier) =>
      talk('could not be removed', async () => {
        await rds.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier: identifier })).catch(unlessGone)
      }),
  }
}

type Described = Pick<DBSnapshot, 'Status' | 'TagList' | 'SnapshotCreateTime'>

function described(identifier = '', { Status: status = '', TagList = [], SnapshotCreateTime }: Described): Snapshot {
  const tags = Object.fromEntries(TagList.map(({ Key = '', Value = '' }) => [Key, Value]))
  return { identifier, status, tags, createdAt: SnapshotCreateTime }
}

function tagList(tags: Snapshot['tags']): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
}

function unlessGone(error: unknown): void {
  if (error instanceof DBClusterSnapshotNotFoundFault || error instanceof DBSnapshotNotFoundFault) return
  throw error
}

async function talk<T>(what: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (cause) {
    throw new AppError('SNAPSHOT_FAILED', `the snapshot of the database ${what}: ${getErrorMessage(cause)}`, { cause })
  }
}
