import { createHash, randomUUID } from 'node:crypto'
import type { Database } from '#db/client'
import { alertChannels, alertQueues } from '#db/tables'
import { runInTransaction } from '#db/transaction'
import { appendChanges } from '#leads/changes/change-log'
import type { Change } from '#leads/changes/change-types'
import { appendMoves } from '#leads/moves/move-log'
import type { Move } from '#leads/moves/name-moves'
import { type Lead, lockCompanies, saveLeads } from '#leads/store'

type ChannelRow = typeof alertChannels.$inferInsert

/** A channel as the table holds it. Two with the same `address` share a queue. */
export async function keepChannel(db: Database, changes: Partial<ChannelRow> = {}): Promise<string> {
  const { address = 'https://hooks.test/alerts', ...others } = changes
  const addressHash = createHash('sha256').update(address).digest()
  await db
    .insert(alertQueues)
    .values({ addressHash, nextAt: new Date(0) })
    .onConflictDoNothing()
  const row: ChannelRow = {
    id: randomUUID(),
    name: 'Sales',
    kind: 'slack',
    address,
    addressHint: 'hooks.test…erts',
    addressHash,
    language: 'en',
    timezone: 'Europe/Istanbul',
    state: 'active',
    createdAt: new Date('2026-11-20T00:00:00Z'),
    ...others,
  }
  await db.insert(alertChannels).values(row)
  return row.id
}

/** Saves a lead with its changes, as a scan does. */
export async function keepChanges(
  db: Database,
  lead: Lead,
  changes: Change[],
  also?: () => Promise<void>,
): Promise<void> {
  await runInTransaction(db, async (tx) => {
    const findId = await lockCompanies(tx, [{ domain: lead.domain, at: new Date(lead.signals.at) }])
    const companyId = findId(lead.domain)
    await saveLeads(tx, [{ companyId, lead }])
    await appendChanges(tx, [{ companyId, lead, changes }])
    await also?.()
  })
}

/** Saves a lead with the move that a scan of it found. */
export async function keepMove(
  db: Database,
  lead: Lead,
  changes: Partial<Move> = {},
  also?: () => Promise<void>,
): Promise<void> {
  const move: Move = {
    kind: 'mailbox-moved',
    from: { id: 'google-workspace', name: 'Google Workspace', kind: 'google' },
    to: { id: 'microsoft-365', name: 'Microsoft 365', kind: 'microsoft-365' },
    isComplete: true,
    evidence: [],
    at: lead.signals.at,
    ...changes,
  }
  await runInTransaction(db, async (tx) => {
    const findId = await lockCompanies(tx, [{ domain: lead.domain, at: new Date(lead.signals.at) }])
    const companyId = findId(lead.domain)
    await saveLeads(tx, [{ companyId, lead }])
    await appendMoves(tx, [{ companyId, moves: [move] }])
    await also?.()
  })
}

export function sampleChange(changes: Partial<Change> = {}): Change {
  const at = '2026-11-20T00:00:00.000Z'
  return { type: 'dmarc_removed', old: 'reject', new: null, cause: 'scan', at, ...changes }
}
