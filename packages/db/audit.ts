import type { Queryable } from '#db/client'
import { toStorableText } from '#db/storable'
import { auditLog } from '#db/tables'

interface AuditEntry {
  /** `key:<keyid>`, or `cli`. */
  actor: string
  /** `<noun>.<past participle>`: `key.created`, `list.imported`. */
  action: string
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
