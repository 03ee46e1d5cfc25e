/** Decides whether a user may remove a backup: never the last good one, and never a pinned one. */
import { AppError } from '#platform/errors'
import type { BackupId } from '#backups/format/backup-id'
import type { BackupEntry } from '#backups/store/catalog'

export interface ForgetDecision {
  id: BackupId
  action: 'forget' | 'refuse'
  reason: string
}

/** @param entries backups of the same source @param now ends pins that have an end */
export function planForget(entries: readonly BackupEntry[], id: BackupId, now: Date): ForgetDecision {
  const entry = entries.find((each) => each.id === id)
  if (!entry) return { id, action: 'forget', reason: 'its run left no backup' }
  const pin = getPin(entry, now)
  if (pin !== undefined) return { id, action: 'refuse', reason: `it is pinned: ${pin}` }
  const others = entries.filter((each) => each.id !== id && isRegular(each))
  const verified = others.filter(({ state }) => state === 'verified').length
  if (verified > 0)
    return { id, action: 'forget', reason: `${said(entry)}; verified backups left under its name: ${verified}` }
  if (entry.state === 'verified') return { id, action: 'refuse', reason: 'it is the last verified backup of its name' }
  return { id, action: 'refuse', reason: `${said(entry)}, and no other backup of its name is verified` }
}

function said(entry: BackupEntry): string {
  if (!entry.readable) return `it cannot be read (${entry.reason})`
  return { verified: 'it is verified', failed: 'its proof failed', unproven: 'it is not proven' }[entry.state]
}

/** @throws AppError BACKUP_PROTECTED */
export function requireForgettable({ id, action, reason }: ForgetDecision): void {
  if (action === 'forget') return
  throw new AppError('BACKUP_PROTECTED', `${id} stays: ${reason}`, { details: { id } })
}

function getPin(entry: BackupEntry, now: Date): string | undefined {
  if (!entry.readable) return undefined
  const { pinned, pinnedUntil } = entry.manifest
  return pinnedUntil !== undefined && Date.parse(pinnedUntil) <= now.getTime() ? undefined : pinned
}

/** A safety backup never counts as the last good one. */
function isRegular(entry: BackupEntry): boolean {
  return !entry.readable || entry.manifest.pinned === undefined
}
