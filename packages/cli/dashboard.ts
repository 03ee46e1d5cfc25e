import { dashboardQuery } from '#api/dashboard/inputs'
import { toSnakeCaseKeys } from '#api/http/snake-case'
import { type Dashboard, DASHBOARD_ZONE, readDashboard } from '#leads/dashboard/read-dashboard'
import { systemClock } from '#platform/clock'
import { checkOptions } from '#cli/check-options'
import { withExamples } from '#cli/command'
import { toPrintableBeginning } from '#cli/printable'
import { formatTable } from '#cli/table'
import { paint, print } from '#cli/terminal'
import { formatTime } from '#cli/time-text'
import { withDatabase } from '#cli/with-database'
import { formatCount } from '#platform/count-text'

export const dashboardCommand = withExamples(
  {
    args: {
      days: { type: 'string', description: 'Days of the trend, 1 to 365, today included (default: 30)' },
      timezone: {
        type: 'string',
        valueHint: 'ZONE',
        description: `Time zone in which a day begins and ends (default: ${DASHBOARD_ZONE})`,
      },
      json: { type: 'boolean', description: 'Print JSON' },
    },
    run: async ({ args }) => {
      const query = checkOptions(dashboardQuery, { days: args.days, timezone: args.timezone })
      const dashboard = await withDatabase((db) => readDashboard(db, { ...query, now: systemClock.now() }))
      print(args.json ? JSON.stringify(toSnakeCaseKeys(dashboard)) : formatDashboard(dashboard))
    },
  },
  ['npx hunter dashboard', 'npx hunter dashboard --days 7 --timezone Europe/Berlin --json'],
)

function formatDashboard(dashboard: Dashboard): string {
  const { leads, segments, priorities, providers, trend, timezone, topOpportunities, recentActivity } = dashboard
  if (leads === 0) return 'No leads yet: companies appear here once they have been scanned.'
  const opportunities = topOpportunities.map(({ domain, segment, priority, score, mailbox }) => [
    domain,
    segment,
    priority,
    score,
    mailbox,
  ])
  const activity = recentActivity.map(({ at, domain, type, old, new: now }) => [
    formatTime(at),
    domain,
    type.replaceAll('_', ' '),
    formatValue(old),
    formatValue(now),
  ])
  const parts = [
    formatCount(leads, 'lead'),
    formatTable(
      ['segment', 'leads'],
      segments.map((row) => [row.segment, row.leads]),
    ),
    formatTable(
      ['priority', 'leads'],
      priorities.map((row) => [row.priority, row.leads]),
    ),
    formatTable(
      ['provider', 'leads', '%'],
      providers.map((row) => [row.provider, row.leads, row.share]),
    ),
    formatTable(
      [`day in ${timezone}`, 'scans', 'changes'],
      trend.map((row) => [row.day, row.scans, row.changes]),
    ),
    formatTable(['best leads', 'segment', 'priority', 'score', 'mailbox'], opportunities, { leaves: ['mailbox'] }),
  ]
  const headings = ['newest changes', 'domain', 'what', 'before', 'after']
  if (activity.length > 0) parts.push(formatTable(headings, activity, { wraps: ['before', 'after'] }))
  return parts.join('\n\n')
}

function formatValue(value: string | number | null): string {
  return value === null ? paint('dim', 'none') : toPrintableBeginning(String(value))
}
