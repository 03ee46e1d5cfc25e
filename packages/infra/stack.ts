/** The infrastructure package owns every resource in the cloud. This file is the whole stack, one concern a line. */
import { createAlarmTopic } from './alarms.ts'
import { createDelivery, createDeliveryAlarm, createDigestAlarm, createDigests, createFailingAlarm } from './alerts.ts'
import { createApi } from './api.ts'
import { createBackupAlarms } from './backup-alarms.ts'
import { createBackups } from './backups.ts'
import { createDatabase } from './database.ts'
import { createInstances } from './instances.ts'
import { createLimitAlarms } from './limit-alarms.ts'
import { linkValuesOnly } from './links.ts'
import { createMail } from './mail.ts'
import { createMigrations } from './migrations.ts'
import { createNetwork } from './network.ts'
import { createOutward } from './outward.ts'
import { createParameters } from './parameters.ts'
import { createProofServer } from './proof-server.ts'
import { createQueues } from './queues.ts'
import { createReferralAlarms, createReferrals } from './referrals.ts'
import { createRedis } from './redis.ts'
import { createRescans } from './rescans.ts'
import { createScanAlarms } from './scan-alarms.ts'
import { createSecrets } from './secrets.ts'
import { createStorage } from './storage.ts'
import { allowPages, createTransfers } from './transfers.ts'
import { createWorker } from './worker.ts'

export function createStack() {
  linkValuesOnly()
  const secrets = createSecrets()
  const network = createNetwork()
  const outward = createOutward(network)
  const database = createDatabase(network)
  const proofServer = createProofServer(network)
  const redis = createRedis()
  const storage = createStorage()
  const transfers = createTransfers()
  const queues = createQueues()
  const instances = createInstances()
  const mail = createMail()
  const parts = { secrets, network, outward, database, proofServer, redis, storage, transfers, queues, instances, mail }
  createParameters(secrets)

  const { migrate, migrated } = createMigrations(parts)
  const shared = { ...parts, migrated }
  const api = createApi(shared)
  allowPages(transfers, api.url)
  createWorker(shared)
  createRescans(shared)
  createReferrals(shared)
  createDelivery(shared, api.url)
  createDigests(shared)
  const backups = createBackups(shared)

  const alarms = createAlarmTopic()
  createBackupAlarms(alarms, { ...backups, queues })
  createLimitAlarms(alarms)
  createScanAlarms(alarms, queues)
  createDeliveryAlarm(alarms)
  createFailingAlarm(alarms)
  createReferralAlarms(alarms)
  createDigestAlarm(alarms)

  return { api: api.url, bucket: storage.bucket.name, migrate: migrate.name, alarms: alarms.arn }
}
