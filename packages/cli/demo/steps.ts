/** The steps of the demo. Each does the same work that a user would ask for. */
import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { S3Client } from '@aws-sdk/client-s3'
import { Client } from 'pg'
import { v7 } from 'uuid'
import * as z from 'zod/mini'
import { parseBackupId } from '#backups/format/backup-id'
import { showBackup } from '#backups/store/catalog'
import type { AnyManifest, Proof } from '#backups/format/manifest'
import { createObjectStore, type ObjectStore } from '#backups/store/object-store'
import { requireVerified } from '#backups/proof/verify'
import { type RestoreReport, restoreBackup } from '#backups/restore/replace-live'
import { ApiError, type HunterClient } from '#client/client'
import type { ClientOperations, DataOf, InputOf } from '#client/operations'
import { closeDatabase, createDatabase } from '#db/client'
import { ingestFile, type IngestResult } from '#ingest/ingest-file'
import type { Stack } from '#local/stack'
import { systemClock } from '#platform/clock'
import { AppError } from '#platform/errors'

const PATIENCE_MS = 120_000

type JobPage = DataOf<ClientOperations['get /scan/bulk/{job}']>
type JobQuery = NonNullable<InputOf<ClientOperations['get /scan/bulk/{job}']>['query']>
export type DemoLead = DataOf<ClientOperations['get /leads']>['leads'][number]

export async function importCsv({ databaseUrl }: Stack, file: string): Promise<IngestResult> {
  const db = createDatabase({ url: databaseUrl, maxConnections: 1, statementTimeoutMs: 30_000 })
  try {
    const deps = { db, clock: systemClock, newId: () => v7() }
    return await ingestFile(deps, { path: file, actor: 'demo' })
  } finally {
    await closeDatabase(db)
  }
}

/** Scans over the queue; `onProgress` receives the job each time it is polled. */
export async function scanInBulk(
  api: HunterClient,
  domains: string[],
  onProgress: (job: JobPage) => void,
): Promise<JobPage> {
  const { id } = (await api.post('/scan/bulk', { body: { domains } })).data
  const look = async (query: JobQuery) => (await api.get('/scan/bulk/{job}', { params: { job: id }, query })).data
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const job = await look({ limit: 1 })
    onProgress(job)
    if (job.state === 'done') return look({ outcome: 'failed' })
    if (Date.now() > deadline) throw new AppError('INTERNAL', `the bulk scan did not end in time: it is ${job.state}`)
    await pause(250)
  }
}

export async function listLeads(api: HunterClient): Promise<DemoLead[]> {
  return (await api.get('/leads', { query: { limit: 200 } })).data.leads
}

/** @returns the code of the failure that a list of the leads answers with */
export async function failToListLeads(api: HunterClient): Promise<string> {
  try {
    await api.get('/leads')
  } catch (error) {
    if (error instanceof ApiError && error.status >= 500) return `${error.status} ${error.code}`
    throw error
  }
  throw new AppError('INTERNAL', 'the leads are still there')
}

/** Runs the nightly function with its schedule's event; returns the backup's id. */
export async function backUp(stack: Stack): Promise<string> {
  return z.parse(z.object({ backupId: z.string() }), await stack.runSchedule('backup')).backupId
}

interface ProvenBackup {
  manifest: AnyManifest
  proof: Proof
}

/** The nightly function requests the proof, and another function delivers it. */
export async function awaitProof(store: ObjectStore, source: string, id: string): Promise<ProvenBackup> {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const { manifest, proof } = await showBackup(store, { source, id: parseBackupId(id) })
    if (proof) return { manifest, proof: requireVerified(proof) }
    if (Date.now() > deadline) throw new AppError('INTERNAL', 'the backup was not proven in time')
    await pause(100)
  }
}

export async function dropTable({ databaseUrl }: Stack, table: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await client.query(`drop table ${client.escapeIdentifier(table)} cascade`)
  } finally {
    await client.end()
  }
}

export function openStore({ storage }: Stack): ObjectStore {
  return createObjectStore({ s3: new S3Client(storage.client), bucket: storage.bucket })
}

export async function restore(stack: Stack, source: string, id: string): Promise<RestoreReport> {
  const deps = { store: openStore(stack), clock: systemClock }
  return restoreBackup(deps, { source, id: parseBackupId(id), databaseUrl: stack.databaseUrl })
}

/** @throws AppError BACKUP_DAMAGED when any field of any lead differs */
export function requireSame(before: DemoLead[], after: DemoLead[]): void {
  if (isDeepStrictEqual(before, after)) return
  throw new AppError('BACKUP_DAMAGED', 'the restored leads differ from the original ones')
}
