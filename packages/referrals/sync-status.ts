/** How the referrals stand: the sign-in, the last sync, and what is stored. */
import { sql } from 'drizzle-orm'
import type { Queryable } from '#db/client'
import type { ReferralKind } from '#leads/score/score'
import { type Connection, findConnection } from '#referrals/connection'

export interface SyncHealth {
  /** A person must sign in once more. */
  signedOut: boolean
  /** Since a sync last read to the end; 0: there is no sign-in yet. */
  behindSeconds: number
}

export function measureHealth(connection: Connection | undefined, now: Date): SyncHealth {
  if (!connection) return { signedOut: false, behindSeconds: 0 }
  const since = connection.syncedAt ?? connection.connectedAt
  const behindSeconds = Math.max(0, Math.round((now.getTime() - since.getTime()) / 1_000))
  return { signedOut: connection.problem !== null, behindSeconds }
}

export interface SyncStatus extends SyncHealth {
  /** null: there is no sign-in yet. */
  connection: Pick<
    Connection,
    | 'tenant'
    | 'clientId'
    | 'ownDomains'
    | 'connectedAt'
    | 'connectedBy'
    | 'refreshedAt'
    | 'problem'
    | 'retryAt'
    | 'syncedAt'
  > | null
  /** Open referrals. */
  kinds: { kind: ReferralKind; referrals: number }[]
  /** Companies that they name. */
  companies: number
  /** Open referrals that name no company. */
  domainMissing: number
}

export async function readSyncStatus(db: Queryable, now: Date): Promise<SyncStatus> {
  const connection = await findConnection(db)
  const isOpen = sql`closed_at is null and domain_missing is distinct from 'erased'`
  const { rows: kinds } = await db.execute<{ kind: ReferralKind; referrals: number }>(sql`
    select kind, count(*)::int as referrals from partner_center_referrals where ${isOpen} group by kind order by kind`)
  const { rows } = await db.execute<{ companies: number; missing: number }>(sql`
    select count(distinct company_id)::int as companies, (count(*) filter (where company_id is null))::int as missing
      from partner_center_referrals where ${isOpen}`)
  return {
    ...measureHealth(connection, now),
    connection: connection ? withoutSecrets(connection) : null,
    kinds,
    companies: rows[0]?.companies ?? 0,
    domainMissing: rows[0]?.missing ?? 0,
  }
}

function withoutSecrets({ tenant, clientId, ownDomains, connectedAt, connectedBy, ...row }: Connection) {
  const { refreshedAt, problem, retryAt, syncedAt } = row
  return { tenant, clientId, ownDomains, connectedAt, connectedBy, refreshedAt, problem, retryAt, syncedAt }
}
