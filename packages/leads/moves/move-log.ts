/** Stores the moves of companies and lists them, newest first. */
import { and, desc, eq, gte, sql } from 'drizzle-orm'
import * as z from 'zod/mini'
import type { Queryable } from '#db/client'
import { moment, selectMoment } from '#db/moment'
import { countRowsToRead, cutPage, type Listing, type Page, type PageQuery, parseCursor } from '#db/page'
import { toStorableText } from '#db/storable'
import { companies, leadMoves, type MOVE_KINDS } from '#db/tables'
import type { Transaction } from '#db/transaction'
import type { Move } from '#leads/moves/name-moves'
import type { CompanyId } from '#leads/store'

export interface MoveFilters {
  kind?: (typeof MOVE_KINDS)[number] | undefined
  /** Moves that scans from this time on found. */
  since?: Date | undefined
}

export interface MoveRow extends Omit<Move, 'at'> {
  domain: string
  at: Date
}

/** Call it in the transaction that saves the leads, while their companies are locked. */
export async function appendMoves(
  tx: Transaction,
  moved: readonly { companyId: CompanyId; moves: Move[] }[],
): Promise<void> {
  const rows = moved.flatMap(({ companyId, moves }) =>
    moves.map(({ kind, from, to, isComplete, evidence, at }) => ({
      companyId,
      kind,
      fromPlace: from,
      toPlace: to,
      isComplete,
      evidence: toStorableText(evidence),
      at: new Date(at),
    })),
  )
  if (rows.length > 0) await tx.insert(leadMoves).values(rows)
}

const NEWEST_FIRST: Listing<[at: string, id: number]> = {
  name: 'moves newest first',
  place: z.tuple([moment, z.int().check(z.gt(0))]),
}

/** Lists the moves of all companies in one statement. @throws AppError VALIDATION_FAILED (cursor) */
export async function listMoves(db: Queryable, query: PageQuery & MoveFilters): Promise<Page<MoveRow>> {
  const { kind, since } = query
  const before = parseCursor(NEWEST_FIRST, query.cursor)
  const rows = await db
    .select({
      id: leadMoves.id,
      moment: selectMoment(leadMoves.at),
      move: {
        domain: companies.domain,
        kind: leadMoves.kind,
        from: leadMoves.fromPlace,
        to: leadMoves.toPlace,
        isComplete: leadMoves.isComplete,
        evidence: leadMoves.evidence,
        at: leadMoves.at,
      },
    })
    .from(leadMoves)
    .innerJoin(companies, eq(companies.id, leadMoves.companyId))
    .where(
      and(
        kind && eq(leadMoves.kind, kind),
        since && gte(leadMoves.at, since),
        before && sql`(${leadMoves.at}, ${leadMoves.id}) < (${before[0]}::timestamptz, ${before[1]})`,
      ),
    )
    .orderBy(desc(leadMoves.at), desc(leadMoves.id))
    .limit(countRowsToRead(query))
  const { items, nextCursor } = cutPage(NEWEST_FIRST, { rows, page: query, placeOf: ({ moment, id }) => [moment, id] })
  return { items: items.map(({ move }) => move as MoveRow), nextCursor }
}
