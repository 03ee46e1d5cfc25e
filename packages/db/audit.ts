import type { Queryable } from '#db/client'
import { toStorableText } from '#db/storable'
import { auditLog } from '#db/tables'

/** What commands on backups and databases write: `restore.started`, then `restore.completed` or `restore.failed`. */
const AUDITED_ACTS = ['cleanup', 'drop_kept', 'forget', 'note', 'restore', 'tag', 'undo'] as const
const ACT_STATES = ['started', 'completed', 'failed'] as const

export type AuditedAct = (typeof AUDITED_ACTS)[number]
export type ActState = (typeof ACT_STATES)[number]

/** Every action that the audit log names. */
export const AUDIT_ACTIONS = [
  'key.created',
  'key.imported',
  'key.revoked',
  'key.rotated',
  'key.upgraded',
  'alert_channel.changed',
  'alert_channel.confirmed',
  'alert_channel.created',
  'alert_channel.deleted',
  'alert_channel.disabled',
  'alert_channel.rotated',
  'alert_channel.tested',
  'alert_channel.unsubscribed',
  'alert_delivery.resent',
  'backup.requested',
  'dead_letters.redriven',
  'domain.ingested',
  'lead.erased',
  'lead.scanned',
  'leads.rescored',
  'leads.seeded',
  'list.imported',
  'partner_center.connected',
  'proof.requested',
  'provider_override.deleted',
  'provider_override.put',
  'referrals.synced',
  'rescan_schedule.changed',
  'scan_job.cancelled',
  'scan_job.created',
  'scan_job.retried',
  'session.closed',
  'session.opened',
  'session.revoked',
  'webhook.created',
  'webhook.received',
  'webhook.revoked',
  'webhook.rotated',
  'webhook_overlap.ended',
  ...AUDITED_ACTS.flatMap((act) => ACT_STATES.map((state): `${AuditedAct}.${ActState}` => `${act}.${state}`)),
] as const

export type AuditAction = (typeof AUDIT_ACTIONS)[number]

interface AuditEntry {
  /** `key:<keyid>`, `cli` or `unsubscribe-link`. */
  actor: string
  action: AuditAction
  object: string
  details?: Record<string, unknown>
  requestId?: string | undefined
}

/** How the audit log names a company. */
export function nameLead(domain: string): string {
  return `lead:${domain}`
}

/** Records an action: actor, action and object. Pass the transaction of the work, so that both commit or neither does. */
export async function recordAudit(tx: Queryable, entry: AuditEntry): Promise<void> {
  await tx.insert(auditLog).values({
    actor: entry.actor,
    action: entry.action,
    object: toStorableText(entry.object),
    details: toStorableText(entry.details ?? {}),
    requestId: entry.requestId ?? null,
  })
}
