/** Resolves "latest" to a backup. */
import { AppError } from '#platform/errors'
import type { BackupId } from '#backups/format/backup-id'
import type { BackupEntry } from '#backups/store/catalog'
import { getBackupKind } from '#backups/format/manifest'
import { formatAhead, isFromFuture } from '#backups/store/series-order'

interface SourceEntries {
  source: string
  /** Newest first. */
  entries: BackupEntry[]
}

/** `newest`: regardless of its proof. `verified`: the newest that is proven to restore. */
export type LatestOf = 'newest' | 'verified'

interface Latest {
  source: string
  id: BackupId
  /** Newer ones that are not verified. */
  passedOver: { id: BackupId; why: string }[]
}

/**
 * Chooses the newest backup of the only database in the store. Skips safety backups, which hold a database that the
 * user chose to replace, and backups with a time in the future, whose real age is unknown. Settings that are backed up
 * alone count only where there is nothing else. @throws AppError USAGE when several sources have backups,
 * BACKUP_NOT_FOUND, or BACKUP_UNPROVEN when none is verified
 */
export function chooseLatest(all: readonly SourceEntries[], of: LatestOf, now: Date): Latest {
  const { source, entries } = chooseSource(all)
  const isFuture = ({ id }: BackupEntry) => isFromFuture(id, now)
  const chosen = entries.find((entry) => !isFuture(entry) && (of === 'newest' || entry.state === 'verified'))
  const whyNot = (entry: BackupEntry) => (isFuture(entry) ? formatAhead(entry.id, now) : stateText(entry))
  if (!chosen) {
    const [newest] = entries as [BackupEntry]
    const message = `no backup of ${source} is verified; the newest is ${newest.id} (${whyNot(newest)})`
    throw new AppError('BACKUP_UNPROVEN', message, { details: { source, newest: newest.id } })
  }
  const passedOver = entries.slice(0, entries.indexOf(chosen)).map((entry) => ({ id: entry.id, why: whyNot(entry) }))
  return { source, id: chosen.id, passedOver }
}

function chooseSource(all: readonly SourceEntries[]): SourceEntries {
  const regular = all.map(({ source, entries }) => ({ source, entries: entries.filter(isRegular) }))
  const some = regular.filter(({ entries }) => entries.length > 0)
  const ofData = some.filter(({ entries }) => entries.some(isData))
  const [one, ...others] = ofData.length > 0 ? ofData : some
  if (!one) {
    const names = all.map(({ source }) => source).join(', ')
    throw new AppError('BACKUP_NOT_FOUND', `there is no backup${names === '' ? ' yet' : ` of ${names}`}`)
  }
  if (others.length === 0) return one
  const names = [one, ...others].map(({ source }) => source)
  throw new AppError('USAGE', `there are backups of ${names.join(', ')}: choose one with --name`, {
    details: { names },
  })
}

function isRegular(entry: BackupEntry): boolean {
  return !entry.readable || entry.manifest.pinned === undefined
}

function isData(entry: BackupEntry): boolean {
  return !entry.readable || getBackupKind(entry.manifest) !== 'config'
}

function stateText(entry: BackupEntry): string {
  if (!entry.readable) return entry.reason
  if (entry.state === 'failed') return 'its proof failed'
  return entry.reason ?? 'not proven yet'
}
