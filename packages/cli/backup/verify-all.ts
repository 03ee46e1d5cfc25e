import { type BackupRef, listBackups } from '#backups/store/catalog'
import { checkStored } from '#backups/operations/check-stored'
import { countReads } from '#backups/dump/counting-reads'
import { listStoredObjects } from '#backups/format/manifest'
import type { ObjectStore } from '#backups/store/object-store'
import { openPlace } from '#cli/backup/place'
import { formatJson } from '#cli/backup/report'
import { withProgress } from '#cli/progress'
import { formatTable } from '#cli/table'
import { formatBytes, paint, print, formatSeconds } from '#cli/terminal'
import { systemClock } from '#platform/clock'
import { AppError } from '#platform/errors'
import { VERSION } from '#runtime/version'
import { formatCount } from '#platform/count-text'

export interface VerifyAllArgs {
  from?: string | undefined
  name?: string | undefined
  json?: boolean | undefined
}

interface Checked extends BackupRef {
  passed: boolean
  /** The reason why it counts as damaged. */
  reason?: string
  bytes: number
  durationMs: number
}

/**
 * Reads every object of every backup and compares its SHA-256, without restoring any.
 * @throws AppError BACKUP_DAMAGED when any is damaged, STORAGE_UNAVAILABLE
 */
export async function verifyAll(args: VerifyAllArgs): Promise<void> {
  const { store, sources } = await openPlace(args)
  const { refs, expectedBytes } = await findAll(store, sources)
  const reads = countReads(store)
  const checked: Checked[] = []
  const progress = () => ({
    what: 'checking',
    done: reads.bytes(),
    total: expectedBytes,
    unit: 'bytes',
    notes: [`${checked.length} of ${formatCount(refs.length, 'backup')}`],
  })
  await withProgress(progress, { json: args.json }, async () => {
    for (const ref of refs) checked.push(await check({ ...store, ...reads.store }, ref))
  })
  print(args.json ? formatJson(checked) : formatChecked(checked))
  requireAllWhole(checked)
}

async function findAll(store: ObjectStore, sources: string[]): Promise<{ refs: BackupRef[]; expectedBytes: number }> {
  const refs: BackupRef[] = []
  let expectedBytes = 0
  for (const source of sources) {
    for (const entry of await listBackups(store, source)) {
      refs.push({ source, id: entry.id })
      if (entry.readable) for (const { gzipBytes } of listStoredObjects(entry.manifest)) expectedBytes += gzipBytes
    }
  }
  return { refs, expectedBytes }
}

/** An unreadable manifest counts as damage, too. */
async function check(store: ObjectStore, ref: BackupRef): Promise<Checked> {
  try {
    const { passed, reason, bytes, durationMs } = await checkStored(
      { store, clock: systemClock },
      { ...ref, toolVersion: VERSION },
    )
    return { ...ref, passed, ...(reason === undefined ? {} : { reason }), bytes, durationMs }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'BACKUP_DAMAGED') throw error
    return { ...ref, passed: false, reason: error.message, bytes: 0, durationMs: 0 }
  }
}

function formatChecked(checked: Checked[]): string {
  if (checked.length === 0) return 'No backups yet. Make one with "hunter backup run".'
  const rows = checked.map(({ id, source, passed, reason, ...read }) => [
    id,
    source,
    formatBytes(read.bytes),
    formatSeconds(read.durationMs),
    passed ? paint('green', 'as written') : paint('red', 'damaged'),
    reason ?? '',
  ])
  return formatTable(['id', 'name', 'read', 'took', 'result', 'reason'], rows, {
    wraps: ['reason'],
    leaves: ['took', 'read'],
  })
}

function requireAllWhole(checked: Checked[]): void {
  const damaged = checked.filter(({ passed }) => !passed).map(({ id }) => id)
  if (damaged.length === 0) return
  const message = `${damaged.length} of ${formatCount(checked.length, 'backup')} ${damaged.length === 1 ? 'is' : 'are'} damaged`
  throw new AppError('BACKUP_DAMAGED', `${message}: ${damaged.join(', ')}`, { details: { damaged } })
}
