import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import { LOCAL_CREDENTIALS } from '#emulators/s3/server'
import { startQueueServer } from '#emulators/sqs/server'
import { startRdsStub } from '#emulators/rds/server'
import { systemClock } from '#platform/clock'
import { BUCKET, startTestStore, type TestStore } from './backup-store.ts'
import { createTestDatabase, type TestDatabase } from './postgres.ts'

const REGION = 'us-east-1'
const CLUSTER = 'test-cluster'

export interface BackupStack {
  storage: TestStore
  database: TestDatabase
  /** What a function or a command finds in its environment. */
  env: Record<string, string>
  /** Takes the messages that ask for a proof. */
  proofRequests(): Promise<string[]>
  close(): Promise<void>
}

/** What a backup talks to, on real servers: database, bucket, queue and the cluster's snapshots. */
export async function startBackupStack(): Promise<BackupStack> {
  const storage = await startTestStore(systemClock)
  const database = await createTestDatabase()
  const queues = await startQueueServer({ credentials: LOCAL_CREDENTIALS, region: REGION })
  const rds = await startRdsStub({ clock: systemClock, clusters: [CLUSTER] })
  const queueUrl = await queues.createQueue('Proofs', { visibilitySeconds: 30, maxReceives: 3 })
  return {
    storage,
    database,
    env: {
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
      AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
      AWS_ENDPOINT_URL_S3: storage.url,
      AWS_ENDPOINT_URL_SQS: queues.url,
      AWS_ENDPOINT_URL_RDS: rds.url,
      HUNTER_DATABASE_URL: database.url,
      HUNTER_RDS_CLUSTER: CLUSTER,
      HUNTER_LOG_LEVEL: 'silent',
      SST_RESOURCE_App: JSON.stringify({ name: 'hunter', stage: 'test' }),
      SST_RESOURCE_Backups: JSON.stringify({ name: BUCKET }),
      SST_RESOURCE_ProofQueue: JSON.stringify({ url: queueUrl }),
    },
    proofRequests: async () => {
      const { Messages = [] } = await queues.client.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
      )
      // a message that is only hidden returns while a slow machine still works on the test
      for (const { ReceiptHandle } of Messages)
        await queues.client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }))
      return Messages.map(({ Body = '' }) => Body)
    },
    close: async () => {
      await Promise.all([storage.close(), queues.close(), rds.close()])
      await database.drop()
    },
  }
}
