import type { Clock } from '#platform/clock'
import type { BackupId } from '#backups/format/backup-id'
import { withRestoreLock, buildDatabaseName, findFreeDatabaseName } from '#backups/postgres/database-names'
import { withDatabase } from '#backups/postgres/session'
import { readProperties } from '#backups/postgres/database-properties'
import {
  chooseReplaced,
  buildCommentSql,
  dropLeftovers,
  readReplaced,
  buildReplacedComment,
} from '#backups/restore/replaced-databases'
import type { BeforeSwap } from '#backups/restore/before-swap'
import { mapRestoreFailure } from '#backups/restore/replace-live'
import { refuseObstacles } from '#backups/restore/obstacles'
import { refuseSubscriptionsOfOthers, swapWithSubscriptions } from '#backups/restore/subscriptions'

export interface UndoReport {
  database: string
  /** The backup whose restore is undone or redone. */
  id: BackupId
  /** Name of the database while it was replaced. */
  broughtBack: string
  /** New name of the database that the undo replaced; absent when there was none. */
  keptAs?: string
  /** Notes about subscriptions and replication slots. */
  remarks?: string[]
  totalMs: number
}

interface UndoInput {
  databaseUrl: string
  /** The replaced database's name or its backup's id; absent: the one replaced last. */
  which?: string | undefined
  beforeSwap?: BeforeSwap | undefined
}

/**
 * Swaps a replaced database back into the live one's place and keeps the one that it replaces; a second undo reverses
 * the first.
 * @throws AppError KEPT_NOT_FOUND, RESTORE_TARGET_IN_USE, DATABASE_UNAVAILABLE, RESTORE_FAILED
 */
export async function undoRestore(
  { clock }: { clock: Clock },
  { databaseUrl, which, beforeSwap }: UndoInput,
): Promise<UndoReport> {
  const startedAt = clock.now()
  return withRestoreLock(databaseUrl, ({ admin, adminUrl, live }) =>
    mapRestoreFailure(async () => {
      await refuseSubscriptionsOfOthers(admin, live)
      await dropLeftovers({ admin, adminUrl }, live)
      const chosen = chooseReplaced(await readReplaced(admin, live), which)
      for (const name of [live, chosen.name]) await refuseObstacles(admin, name)
      const former = await readProperties(admin, live)
      const role = chosen.role === 'before' ? 'undone' : 'before'
      const keptAs = former && (await findFreeDatabaseName(admin, buildDatabaseName(live, role, chosen.id)))
      const kept =
        keptAs === undefined ? [] : [buildCommentSql(keptAs, buildReplacedComment(startedAt, former?.comment ?? null))]
      const andThen = [buildCommentSql(live, chosen.comment), ...kept]
      const swap = { live, beside: chosen.name, before: keptAs, andThen }
      const next = withDatabase(databaseUrl, chosen.name)
      const brought = (former && (await beforeSwap?.({ live: databaseUrl, next }))) ?? []
      const remarks = [...brought, ...(await swapWithSubscriptions({ admin, adminUrl }, swap))]
      return {
        database: live,
        id: chosen.id,
        broughtBack: chosen.name,
        ...(keptAs === undefined ? {} : { keptAs }),
        ...(remarks.length === 0 ? {} : { remarks }),
        totalMs: clock.now().getTime() - startedAt.getTime(),
      }
    }),
  )
}
