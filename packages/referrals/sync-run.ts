/** What a sync did. */
import { recordAudit } from '#db/audit'
import type { Transaction } from '#db/transaction'

/** Why it did not read, or not to the end. */
export const SYNC_HOLDS = ['not_connected', 'sign_in', 'throttled', 'other_run'] as const
export type SyncHold = (typeof SYNC_HOLDS)[number]

export interface SyncRun {
  hold: SyncHold | null
  /** Referrals that Partner Center sent, those from before included. */
  seen: number
  /** Those of them without an id or a time, and those that the database refuses. */
  skipped: number
  /** New ones, and those that changed. */
  changed: number
  /** Domains whose first scan began. */
  scanned: number
  /** False: more wait; the next sync goes on. */
  isComplete: boolean
}

interface By {
  actor: string
  requestId?: string | undefined
}

/** Notes a sync that a person or a program asked for; those of the schedule are in the log. */
export async function recordSync(tx: Transaction, run: SyncRun, by: By): Promise<void> {
  await recordAudit(tx, { ...by, action: 'referrals.synced', object: 'partner_center', details: { ...run } })
}
