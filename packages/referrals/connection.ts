/** The one connection to Partner Center: the application, the sign-in with its secrets sealed, and how far a sync came. */
import { eq, isNull, lt, or, sql } from 'drizzle-orm'
import { recordAudit } from '#db/audit'
import type { Database, Queryable } from '#db/client'
import { partnerCenter } from '#db/tables'
import { runInTransaction } from '#db/transaction'
import { createSeal, type SealDeps } from '#keys/seal'
import type { Clock } from '#platform/clock'
import { AppError } from '#platform/errors'
import type { PartnerApp } from '#referrals/sign-in'

export interface ConnectionDeps {
  db: Database
  clock: Clock
  secrets: SealDeps
}

export type Connection = typeof partnerCenter.$inferSelect

export async function findConnection(db: Queryable): Promise<Connection | undefined> {
  const [row] = await db.select().from(partnerCenter)
  return row
}

interface NewConnection {
  app: PartnerApp
  refreshToken: string
  /** The partner's own sellers have addresses there, and are often in the customer's team. */
  ownDomains: string[]
  actor: string
}

/** Replaces the sign-in. The place that a sync reached stays, unless it belongs to another tenant. */
export async function saveConnection(
  deps: ConnectionDeps,
  { app, refreshToken, ...input }: NewConnection,
): Promise<void> {
  const { ownDomains, actor } = input
  const now = deps.clock.now()
  const { tenant, clientId } = app
  const values = {
    tenant,
    clientId,
    clientSecret: createSecretSeal(deps).encrypt(app.clientSecret),
    refreshToken: createTokenSeal(deps).encrypt(refreshToken),
    ownDomains,
    problem: null,
    retryAt: null,
    refreshedAt: now,
    connectedAt: now,
    connectedBy: actor,
  }
  const isSame = sql`${partnerCenter.tenant} = excluded.tenant and ${partnerCenter.ownDomains} = excluded.own_domains`
  await runInTransaction(deps.db, async (tx) => {
    await tx
      .insert(partnerCenter)
      .values(values)
      .onConflictDoUpdate({
        target: partnerCenter.onlyRow,
        set: {
          ...values,
          generation: sql`${partnerCenter.generation} + 1`,
          readTo: sql`case when ${isSame} then ${partnerCenter.readTo} end`,
          syncedAt: sql`case when ${isSame} then ${partnerCenter.syncedAt} end`,
          // ends a sync that still reads with the sign-in of before
          lease: null,
          leasedUntil: null,
        },
      })
    await recordAudit(tx, {
      actor,
      action: 'partner_center.connected',
      object: 'partner_center',
      details: { tenant, clientId },
    })
  })
}

interface SignedIn {
  app: PartnerApp
  refreshToken: string
}

/** @throws AppError PARTNER_SIGN_IN_EXPIRED in another installation, as after a restore there */
export function openConnection(deps: Pick<ConnectionDeps, 'secrets'>, connection: Connection): SignedIn {
  const { tenant, clientId } = connection
  try {
    const clientSecret = createSecretSeal(deps).decrypt(connection.clientSecret)
    return {
      app: { tenant, clientId, clientSecret },
      refreshToken: createTokenSeal(deps).decrypt(connection.refreshToken),
    }
  } catch (cause) {
    throw new AppError('PARTNER_SIGN_IN_EXPIRED', 'the stored sign-in was encrypted with another pepper', { cause })
  }
}

/**
 * Replaces the token that `generation` names. Returns false when another process was quicker: its token is as good, and
 * stays. A sign-in that works has no problem, whatever another process noted.
 */
export async function replaceRefreshToken(
  deps: ConnectionDeps,
  { generation, refreshToken }: { generation: number; refreshToken: string },
): Promise<boolean> {
  const { rowCount } = await deps.db
    .update(partnerCenter)
    .set({
      refreshToken: createTokenSeal(deps).encrypt(refreshToken),
      generation: generation + 1,
      refreshedAt: deps.clock.now(),
      problem: null,
    })
    .where(eq(partnerCenter.generation, generation))
  return rowCount === 1
}

/** Returns false when the token of `generation` was replaced meanwhile, so that the problem is no longer one. */
export async function noteProblem(db: Queryable, generation: number, problem: string): Promise<boolean> {
  const { rowCount } = await db.update(partnerCenter).set({ problem }).where(eq(partnerCenter.generation, generation))
  return rowCount === 1
}

/** A row that a sync has taken, until it ends or its time is over. No lock is held while Microsoft is asked. */
interface Lease {
  id: string
  until: Date
}

/** Returns the connection as it is now, or undefined while another sync has it. */
export async function takeLease(
  { db, clock }: Pick<ConnectionDeps, 'db' | 'clock'>,
  { id, until }: Lease,
): Promise<Connection | undefined> {
  const isFree = or(isNull(partnerCenter.lease), lt(partnerCenter.leasedUntil, clock.now()))
  const [row] = await db.update(partnerCenter).set({ lease: id, leasedUntil: until }).where(isFree).returning()
  return row
}

/** `retryAt`: when Partner Center may be asked next. */
export async function endLease(db: Queryable, { id }: Lease, retryAt: Date | null): Promise<void> {
  await db.update(partnerCenter).set({ lease: null, leasedUntil: null, retryAt }).where(eq(partnerCenter.lease, id))
}

function createSecretSeal({ secrets }: Pick<ConnectionDeps, 'secrets'>) {
  return createSeal(secrets, 'partner center secret')
}

function createTokenSeal({ secrets }: Pick<ConnectionDeps, 'secrets'>) {
  return createSeal(secrets, 'partner center refresh token')
}
