import { systemClock } from '#platform/clock'
import { readOverrides } from '#leads/provider-overrides'
import { type RescoreResult, rescoreLeads } from '#leads/rescore'
import { withExamples } from '#cli/command'
import { print } from '#cli/terminal'
import { withDatabase } from '#cli/with-database'

export const rescoreCommand = withExamples(
  {
    args: { json: { type: 'boolean', description: 'Print JSON' } },
    run: async ({ args }) => {
      const done = await withDatabase(async (db) =>
        rescoreLeads({ db, clock: systemClock, overrides: await readOverrides(db) }),
      )
      print(args.json ? JSON.stringify(done) : textOf(done))
    },
  },
  ['npx hunter leads rescore', 'npx hunter leads rescore --json'],
)

function textOf({ leads, judged, changed }: RescoreResult): string {
  return `${leads} leads: ${judged} scored again, ${changed} with a different result`
}
