import type { Context } from 'hono'
import type { ApiEnv } from '#api/http/context'

interface AuditContext {
  /** `key:<keyid>` */
  actor: string
  requestId: string
}

/** Names who acts, for the audit log. */
export function buildAuditContext(c: Context<ApiEnv>): AuditContext {
  return { actor: `key:${c.get('key').keyid}`, requestId: c.get('requestId') }
}
