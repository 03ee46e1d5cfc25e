import { recordAudit } from '#db/audit'
import type { Database } from '#db/client'
import { systemClock } from '#platform/clock'
import { readOverrides } from '#leads/provider-overrides'
import { type RescoreResult, rescoreLeads } from '#leads/rescore'
import { getActor } from '#cli/actor'
import { withExamples } from '#cli/command'
import { print } from '#cli/terminal'
import { withDatabase } from '#cli/with-database'
import { formatCount } from '#platform/count-text'

export const rescoreCommand = withExamples(
  {
    args: { json: { type: 'boolean', description: 'Print JSON' } },
    run: async ({ args }) => {
      const done = await withDatabase(async (db) =>
        auditRescore(db, await rescoreLeads({ db, clock: systemClock, overrides: await readOverrides(db) })),
      )
      const { leads, judged, changed } = done
      print(
        args.json
          ? JSON.stringify(done)
          : `${formatCount(leads, 'lead')}: ${judged} scored again, ${changed} with a different result`,
      )
    },
  },
  ['npx hunter leads rescore', 'npx hunter leads rescore --json'],
)

/** Each batch committed on its own, so the entry comes last; the history of each changed lead shows the rest. */
async function auditRescore(db: Database, done: RescoreResult): Promise<RescoreResult> {
  await recordAudit(db, { actor: getActor(), action: 'leads.rescored', object: 'leads', details: { ...done } })
  return done
}
