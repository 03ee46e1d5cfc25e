import {
  AddTagsToResourceCommand,
  CreateDBClusterSnapshotCommand,
  DeleteDBClusterSnapshotCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBInstancesCommand,
  ListTagsForResourceCommand,
  paginateDescribeDBClusterSnapshots,
  RDSClient,
} from '@aws-sdk/client-rds'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RdsStub, startRdsStub } from '#emulators/rds/server'
import { TestClock } from '../../support/test-clock.ts'

describe('the RDS stub, through the real client', () => {
  const clock = new TestClock()
  let stub: RdsStub
  let client: RDSClient

  beforeEach(async () => {
    stub = await startRdsStub({ clock, clusters: ['Orders'], creationMs: 60_000, snapshotsMax: 25 })
    const credentials = { accessKeyId: 'any', secretAccessKey: 'any' }
    client = new RDSClient({ endpoint: stub.url, region: 'eu-west-1', credentials, maxAttempts: 1 })
  })
  afterEach(() => stub.close())

  const create = async (name: string, Tags: { Key: string; Value: string }[] = []) => {
    const input = { DBClusterSnapshotIdentifier: name, DBClusterIdentifier: 'orders', Tags }
    return (await client.send(new CreateDBClusterSnapshotCommand(input))).DBClusterSnapshot!
  }
  const describeOne = async (DBClusterSnapshotIdentifier: string) => {
    const found = await client.send(new DescribeDBClusterSnapshotsCommand({ DBClusterSnapshotIdentifier }))
    return found.DBClusterSnapshots![0]!
  }

  it('creates a snapshot that becomes available after its time', async () => {
    const created = await create('Nightly-1')
    expect(created).toMatchObject({
      DBClusterSnapshotIdentifier: 'nightly-1',
      DBClusterIdentifier: 'orders',
      Status: 'creating',
      PercentProgress: 0,
      SnapshotType: 'manual',
      SnapshotCreateTime: clock.now(),
    })
    clock.advanceMs(30_000)
    expect(await describeOne('nightly-1')).toMatchObject({ Status: 'creating', PercentProgress: 50 })
    clock.advanceMs(30_000)
    expect(await describeOne('NIGHTLY-1')).toMatchObject({ Status: 'available', PercentProgress: 100 })
  })

  it('stores the tags of the creation, and adds or replaces later ones', async () => {
    const { DBClusterSnapshotArn: ResourceName } = await create('tagged', [{ Key: 'backup', Value: 'a & b' }])
    const Tags = [
      { Key: 'tier', Value: 'daily' },
      { Key: 'backup', Value: 'c' },
    ]
    await client.send(new AddTagsToResourceCommand({ ResourceName, Tags }))
    const { TagList } = await client.send(new ListTagsForResourceCommand({ ResourceName }))
    expect(TagList).toEqual(Tags)
    expect((await describeOne('tagged')).TagList).toEqual(Tags)
  })

  it('deletes a finished snapshot, and refuses to delete an unfinished one', async () => {
    await create('short')
    const remove = () => client.send(new DeleteDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier: 'short' }))
    await expect(remove()).rejects.toMatchObject({ name: 'InvalidDBClusterSnapshotStateFault' })
    clock.advanceMs(60_000)
    expect((await remove()).DBClusterSnapshot).toMatchObject({ Status: 'deleted' })
    await expect(describeOne('short')).rejects.toMatchObject({ name: 'DBClusterSnapshotNotFoundFault' })
    await expect(remove()).rejects.toMatchObject({
      name: 'DBClusterSnapshotNotFoundFault',
      $metadata: { httpStatusCode: 404 },
    })
  })

  it('refuses a duplicate name, an unknown cluster and an invalid name', async () => {
    await create('once')
    await expect(create('ONCE')).rejects.toMatchObject({ name: 'DBClusterSnapshotAlreadyExistsFault' })
    await expect(create('ends-')).rejects.toMatchObject({ name: 'InvalidParameterValue' })
    const unknown = { DBClusterSnapshotIdentifier: 'x', DBClusterIdentifier: 'nobody' }
    await expect(client.send(new CreateDBClusterSnapshotCommand(unknown))).rejects.toMatchObject({
      name: 'DBClusterNotFoundFault',
      $metadata: { httpStatusCode: 404 },
    })
  })

  it('lists in pages, and stops at the quota', async () => {
    for (let number = 0; number < 25; number++) await create(`s${number}`)
    await expect(create('one-too-many')).rejects.toMatchObject({ name: 'SnapshotQuotaExceededFault' })
    const pages: number[] = []
    const query = { DBClusterIdentifier: 'orders' }
    for await (const page of paginateDescribeDBClusterSnapshots({ client, pageSize: 20 }, query)) {
      pages.push(page.DBClusterSnapshots!.length)
    }
    expect(pages).toEqual([20, 5])
    const others = await client.send(new DescribeDBClusterSnapshotsCommand({ DBClusterIdentifier: 'nobody' }))
    expect(others.DBClusterSnapshots ?? []).toEqual([])
  })

  it('refuses what it does not implement', async () => {
    await expect(client.send(new DescribeDBInstancesCommand({}))).rejects.toMatchObject({ name: 'InvalidAction' })
    const Filters = [{ Name: 'engine', Values: ['x'] }]
    const filtered = client.send(new DescribeDBClusterSnapshotsCommand({ Filters }))
    await expect(filtered).rejects.toMatchObject({ name: 'InvalidParameterValue' })
  })
})
