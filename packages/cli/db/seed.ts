import { recordAudit } from '#db/audit'
import { seedLeads } from '#local/seed/seed-leads'
import { AppError } from '#platform/errors'
import { getActor } from '#cli/actor'
import { withExamples } from '#cli/command'
import { jsonArg } from '#cli/db/deps'
import { withProgress } from '#cli/progress'
import { print } from '#cli/terminal'
import { withDatabase } from '#cli/with-database'
import { getProcessContext, getDatabaseUrl } from '#runtime/process-context'
import { formatCount } from '#platform/count-text'

const LEADS_MAX = 10_000_000

export const seedCommand = withExamples(
  {
    args: {
      leads: { type: 'string', default: '1000', description: 'Number of leads' },
      'in-use': {
        type: 'boolean',
        description: 'Allow a database that already has companies, or that is on another machine',
      },
      json: jsonArg,
    },
    run: async ({ args }) => {
      const leads = Number(args.leads)
      if (!Number.isInteger(leads) || leads < 1 || leads > LEADS_MAX) {
        throw new AppError('USAGE', `--leads must be a whole number from 1 to ${LEADS_MAX}`)
      }
      const addToOthers = args['in-use'] === true
      let done = 0
      const onProgress = (count: number) => void (done = count)
      const read = () => ({ what: 'inventing', done, total: leads, unit: 'leads' })
      const seed = () =>
        withDatabase(async (db) => {
          const { settings, clock } = getProcessContext('cli')
          if (!addToOthers) refuseFar(getDatabaseUrl(settings))
          const added = await seedLeads(db, { leads, now: clock.now(), addToOthers, onProgress })
          await recordAudit(db, { actor: getActor(), action: 'leads.seeded', object: 'leads', details: { added } })
          return added
        })
      const added = await withProgress(read, { json: args.json }, seed)
      print(args.json ? JSON.stringify({ added }) : `Added ${added} of ${formatCount(leads, 'lead')}.`)
    },
  },
  ['npx hunter db seed', 'npx hunter db seed --leads 20000'],
)

const NEAR = new Set(['localhost', '127.0.0.1', '[::1]', ''])

function refuseFar(url: string): void {
  if (NEAR.has(new URL(url).hostname)) return
  throw new AppError('USAGE', 'the database is not on this machine; add --in-use to put invented leads there anyway')
}
