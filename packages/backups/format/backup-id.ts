import { AppError } from '#platform/errors'

/** Identifies a backup: the UTC second of its start and six random hex digits, so that ids sort by time. */
export type BackupId = string & { readonly __brand: 'BackupId' }

const SHAPE = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z-[0-9a-f]{6}$/

/** @param randomHex at least six hex digits; the first six are used */
export function createBackupId(now: Date, randomHex: string): BackupId {
  const seconds = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')
  return parseBackupId(`${seconds}Z-${randomHex.slice(0, 6)}`)
}

/** @throws AppError BACKUP_ID_INVALID */
export function parseBackupId(text: string): BackupId {
  if (isBackupId(text)) return text
  throw new AppError('BACKUP_ID_INVALID', 'a backup id looks like 20261120T030000Z-4f9c2a', {
    details: { id: text.slice(0, 64) },
  })
}

export function isBackupId(text: string): text is BackupId {
  if (!SHAPE.test(text)) return false
  const time = new Date(toIsoTime(text))
  return !Number.isNaN(time.getTime()) && time.toISOString() === toIsoTime(text)
}

/** Returns the start of the backup, to the second. */
export function getBackupTime(id: BackupId): Date {
  return new Date(toIsoTime(id))
}

function toIsoTime(text: string): string {
  return text.replace(SHAPE, '$1-$2-$3T$4:$5:$6.000Z')
}

/** Returns the year and month of the backup's folder in the bucket. */
export function getBackupMonth(id: BackupId): { year: string; month: string } {
  return { year: id.slice(0, 4), month: id.slice(4, 6) }
}
