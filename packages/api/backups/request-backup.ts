/** Lets one backup at a time be requested, and records who requested it. */
import { and, desc, eq, sql } from 'drizzle-orm'
import type { BackupId } from '#backups/format/backup-id'
import { buildBackupKeys } from '#backups/format/object-keys'
import { isRequestOpen } from '#backups/operations/backup-request'
import type { RunWatch } from '#backups/operations/failed-runs'
import { listSeries } from '#backups/operations/list-series'
import type { BackupRef } from '#backups/store/catalog'
import type { CatalogView, OpenCatalog } from '#backups/store/catalog-view'
import { recordAudit } from '#db/audit'
import type { Database, Queryable } from '#db/client'
import { auditLog } from '#db/tables'
import { type AlsoSave, runInTransaction } from '#db/transaction'
import { AppError } from '#platform/errors'

interface RequestDeps {
  db: Database
  open: OpenCatalog
}

interface BackupRequest extends BackupRef {
  actor: string
  requestId: string
}

const REQUESTED = 'backup.requested'
/** A run that goes on is among the newest folders, unless more runs than this failed since it began. */
const NEWEST = 20
const RETRY_SECONDS = 30

/** Records the request; the caller sends it afterwards. @throws AppError BACKUP_RUNNING, STORAGE_UNAVAILABLE */
export async function recordBackupRequest(
  { db, open }: RequestDeps,
  { actor, requestId, ...ref }: BackupRequest,
  watch: RunWatch,
  also?: AlsoSave<BackupRef>,
): Promise<BackupRef> {
  const view = await open(ref.source)
  const newest = await listSeries(view.pick(view.ids.slice(0, NEWEST)), ref.source, watch)
  const running = newest.find(({ run }) => run?.state === 'running')
  if (running) throw refuse(running.id)
  return runInTransaction(db, async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('hunter backup requests', 0))`)
    const last = await findNewestRequest(tx)
    if (last && isRequestOpen(last, watch.now) && !hasBegun(view, { ...ref, id: last })) throw refuse(last)
    await recordAudit(tx, { actor, action: REQUESTED, object: nameBackup(ref), details: { id: ref.id }, requestId })
    await also?.(tx, ref)
    return ref
  })
}

/** Records who wants a backup proven. @throws AppError BACKUP_NOT_FOUND when there is no manifest */
export async function recordProofRequest(
  { db, open }: RequestDeps,
  { sources, id, actor, requestId }: Omit<BackupRequest, 'source'> & { sources: readonly string[] },
  also?: AlsoSave<BackupRef>,
): Promise<BackupRef> {
  for (const source of sources) {
    const ref = { source, id }
    if (!(await open(source)).has(buildBackupKeys(source, id).manifest)) continue
    return runInTransaction(db, async (tx) => {
      await recordAudit(tx, { actor, action: 'proof.requested', object: nameBackup(ref), details: {}, requestId })
      await also?.(tx, ref)
      return ref
    })
  }
  throw new AppError('BACKUP_NOT_FOUND', `there is no backup ${id}`, { details: { id } })
}

/** True when the backup was requested, whatever became of it. */
export async function wasRequested(db: Database, ref: BackupRef): Promise<boolean> {
  const isOurs = and(eq(auditLog.object, nameBackup(ref)), eq(auditLog.action, REQUESTED))
  return (await db.select({ id: auditLog.id }).from(auditLog).where(isOurs).limit(1)).length > 0
}

async function findNewestRequest(tx: Queryable): Promise<BackupId | undefined> {
  const [newest] = await tx
    .select({ details: auditLog.details })
    .from(auditLog)
    .where(eq(auditLog.action, REQUESTED))
    .orderBy(desc(auditLog.at), desc(auditLog.id))
    .limit(1)
  return (newest?.details as { id: BackupId } | undefined)?.id
}

function hasBegun(view: CatalogView, { source, id }: BackupRef): boolean {
  const { manifest, run } = buildBackupKeys(source, id)
  return view.has(manifest) || view.has(run)
}

function nameBackup({ source, id }: BackupRef): string {
  return `backup:${source}/${id}`
}

function refuse(id: BackupId): AppError {
  const details = { id, retry_after_seconds: RETRY_SECONDS }
  return new AppError('BACKUP_RUNNING', `the backup ${id} is not done yet`, { details })
}
