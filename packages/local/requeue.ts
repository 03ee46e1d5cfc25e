import { S3Client } from '@aws-sdk/client-s3'
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { and, isNotNull, isNull } from 'drizzle-orm'
import { listBackups } from '#backups/store/catalog'
import { createObjectStore } from '#backups/store/object-store'
import type { Database } from '#db/client'
import { imports } from '#db/tables'
import { systemClock } from '#platform/clock'
import { nameGroup } from '#scans/bulk/batch-message'
import { createSqsQueue } from '#scans/bulk/sqs-queue'
import { requeueUnfinished } from '#scans/bulk/queue-batches'
import type { Services } from '#local/services'

/** The queue starts empty: queues again what the database and the manifests record as unfinished. */
export async function requeueLost(
  { queues, queueUrls, storage }: Services,
  db: Database,
  source: string,
): Promise<void> {
  const queue = createSqsQueue(queues.client, queueUrls.scan)
  await requeueUnfinished({ db, queue, clock: systemClock })
  const uploaded = await db
    .select({ importId: imports.id, keyid: imports.keyid })
    .from(imports)
    .where(and(isNotNull(imports.upload), isNull(imports.finishedAt)))
  for (const { importId, keyid } of uploaded) await queue.sendImport({ importId, group: nameGroup(keyid) })
  const s3 = new S3Client(storage.client)
  const backups = await listBackups(createObjectStore({ s3, bucket: storage.bucket }), source)
  for (const { id } of backups.filter(({ state }) => state === 'unproven')) {
    const MessageBody = JSON.stringify({ source, backupId: id })
    await queues.client.send(new SendMessageCommand({ QueueUrl: queueUrls.proof, MessageBody }))
  }
  s3.destroy()
}
