/** Owns the administrators' own fingerprints, which name the provider of a host or record without a deploy. */
import { and, asc, eq, sql } from 'drizzle-orm'
import * as z from 'zod/mini'
import { recordAudit } from '#db/audit'
import type { Database, Queryable } from '#db/client'
import { countRowsToRead, cutPage, type Listing, type Page, type PageQuery, parseCursor } from '#db/page'
import { toStorableText } from '#db/storable'
import { OVERRIDE_SIGNALS, providerOverrides } from '#db/tables'
import { type AlsoSave, runInTransaction } from '#db/transaction'
import { AppError } from '#platform/errors'
import { FINGERPRINTS, type ProviderOverride } from '#signals/provider/fingerprints'

export type OverrideRow = typeof providerOverrides.$inferSelect
export type OverrideKey = Pick<ProviderOverride, 'signal' | 'suffix'>

/** Providers that an override may name. Services that only send mail are no mailbox providers. */
export const PROVIDER_IDS: readonly string[] = FINGERPRINTS.filter(({ role }) => role !== 'sender').map(({ id }) => id)

export interface OverrideChange {
  /** `key:<keyid>` */
  actor: string
  at: Date
  requestId?: string | undefined
}

/** Reads all overrides, as scans need them. */
export async function readOverrides(db: Queryable): Promise<OverrideRow[]> {
  return db.select().from(providerOverrides).orderBy(asc(providerOverrides.signal), asc(providerOverrides.suffix))
}

const OVERRIDES_BY_NAME: Listing<[signal: string, suffix: string]> = {
  name: 'overrides by name',
  place: z.tuple([z.enum(OVERRIDE_SIGNALS), z.string().check(z.regex(/^[a-z0-9._-]{1,253}$/))]),
}

/** Lists overrides by signal and suffix. @throws AppError VALIDATION_FAILED (cursor) */
export async function listOverrides(db: Queryable, page: PageQuery): Promise<Page<OverrideRow>> {
  const { signal, suffix } = providerOverrides
  const after = parseCursor(OVERRIDES_BY_NAME, page.cursor)
  const rows = await db
    .select()
    .from(providerOverrides)
    .where(after && sql`(${signal}, ${suffix}) > (${after[0]}, ${after[1]})`)
    .orderBy(asc(signal), asc(suffix))
    .limit(countRowsToRead(page))
  return cutPage(OVERRIDES_BY_NAME, { rows, page, placeOf: (row) => [row.signal, row.suffix] })
}

/** Creates the override or replaces the one with the same signal and suffix. The caller has checked the provider id. */
export async function putOverride(
  db: Database,
  { signal, suffix, providerId, note }: ProviderOverride & { note: string },
  { actor, at, requestId }: OverrideChange,
  also?: AlsoSave<OverrideRow>,
): Promise<OverrideRow> {
  const content = { providerId, note: toStorableText(note), createdBy: actor, createdAt: at }
  return runInTransaction(db, async (tx) => {
    const [row] = await tx
      .insert(providerOverrides)
      .values({ signal, suffix, ...content })
      .onConflictDoUpdate({ target: [providerOverrides.signal, providerOverrides.suffix], set: content })
      .returning()
    if (!row) throw new Error('an upsert returned no row')
    await recordAudit(tx, {
      actor,
      action: 'provider_override.put',
      object: nameForAudit({ signal, suffix }),
      details: { providerId, note },
      requestId,
    })
    await also?.(tx, row)
    return row
  })
}

/** @throws AppError OVERRIDE_NOT_FOUND */
export async function deleteOverride(
  db: Database,
  { signal, suffix }: OverrideKey,
  { actor, requestId }: OverrideChange,
  also?: AlsoSave<OverrideKey>,
): Promise<void> {
  await runInTransaction(db, async (tx) => {
    const [row] = await tx
      .delete(providerOverrides)
      .where(and(eq(providerOverrides.signal, signal), eq(providerOverrides.suffix, suffix)))
      .returning()
    if (!row) throw new AppError('OVERRIDE_NOT_FOUND', `there is no override of ${signal} for ${suffix}`)
    const details = { providerId: row.providerId, note: row.note }
    await recordAudit(tx, {
      actor,
      action: 'provider_override.deleted',
      object: nameForAudit({ signal, suffix }),
      details,
      requestId,
    })
    await also?.(tx, { signal, suffix })
  })
}

function nameForAudit({ signal, suffix }: OverrideKey): string {
  return `provider_override:${signal}:${suffix}`
}
