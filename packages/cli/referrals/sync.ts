import { toSnakeCaseKeys } from '#api/http/snake-case'
import { runInTransaction } from '#db/transaction'
import { formatCount } from '#platform/count-text'
import { recordSync, type SyncRun } from '#referrals/sync-run'
import { requireConnection } from '#referrals/open-access'
import { getProcessContext } from '#runtime/process-context'
import { createSync } from '#runtime/referrals'
import { getActor } from '#cli/actor'
import { withExamples } from '#cli/command'
import { jsonArg } from '#cli/keys/deps'
import { print } from '#cli/terminal'
import { withDatabase } from '#cli/with-database'

const RUN_MS = 10 * 60_000

export const syncCommand = withExamples(
  {
    args: { json: jsonArg },
    run: async ({ args }) => {
      const run = await withDatabase(async (db) => {
        const context = getProcessContext('cli')
        await requireConnection({ db })
        const run = await createSync(context, db)(new Date(context.clock.now().getTime() + RUN_MS))
        await runInTransaction(db, (tx) => recordSync(tx, run, { actor: getActor() }))
        return run
      })
      print(args.json ? JSON.stringify(toSnakeCaseKeys(run)) : formatRun(run))
    },
  },
  ['npx hunter referrals sync', 'npx hunter referrals sync --json'],
)

const HOLDS: Record<NonNullable<SyncRun['hold']>, string> = {
  not_connected: 'There is no sign-in yet: run "hunter referrals connect".',
  sign_in: 'Microsoft refuses the stored sign-in: run "hunter referrals connect".',
  throttled: 'Partner Center asked to be called later; "hunter referrals status" shows when.',
  other_run: 'Another sync is at work.',
}

function formatRun({ hold, seen, skipped, changed, scanned, isComplete }: SyncRun): string {
  if (hold) return HOLDS[hold]
  const companies = formatCount(scanned, 'company', 'companies')
  const lines = [`Read ${formatCount(seen, 'referral')}: ${changed} new or changed, ${companies} to scan.`]
  if (skipped > 0) lines.push(`Skipped ${skipped} without an id or a time, or that the database refuses.`)
  if (!isComplete) lines.push('More wait: run the command again, or leave them to the schedule.')
  return lines.join('\n')
}
