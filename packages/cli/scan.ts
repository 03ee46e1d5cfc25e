import pLimit from 'p-limit'
import { presentLead } from '#api/present'
import { toWire } from '#api/wire'
import { assessLead } from '#leads/assess'
import type { Lead } from '#leads/store'
import { AppError } from '#platform/errors'
import { collectSignals } from '#signals/collect'
import { createDns } from '#signals/dns'
import type { Evidence } from '#signals/evidence'
import { normaliseDomain } from '#signals/normalise'
import { SIGNAL_NAMES, unansweredSignals } from '#signals/signals'
import { attach } from '#cli/attach'
import { command } from '#cli/command'
import { paint, print, table } from '#cli/terminal'
import { baseOf } from '#runtime/base'

/** Domains asked about side by side. */
const CONCURRENCY = 5

export const scanCommand = command(
  {
    meta: { name: 'scan', description: 'Scan domains and print what was seen; nothing is kept' },
    args: {
      domain: {
        type: 'positional',
        required: true,
        description: 'A domain, URL or e-mail address; several may follow',
      },
      json: { type: 'boolean', description: 'Print one line of JSON for each domain' },
    },
    run: async ({ args }) => {
      const domains = args._.map(normaliseDomain)
      await useRunningStack()
      const { settings, clock } = baseOf('cli')
      const dns = createDns({
        servers: settings.HUNTER_DNS_SERVERS,
        queryTimeoutMs: settings.HUNTER_DNS_QUERY_TIMEOUT_MS,
        clock,
      })
      const limit = pLimit(CONCURRENCY)
      const options = { budgetMs: settings.HUNTER_SCAN_BUDGET_MS }
      const leads = await limit.map(domains, async (domain) =>
        assessLead(await collectSignals({ dns, clock }, domain, options)),
      )
      for (const lead of leads) print(args.json ? JSON.stringify(toWire(presentLead(lead))) : textOf(lead))
      requireAnswers(leads)
    },
  },
  ['npx hunter scan microsoft.com', 'npx hunter scan https://www.firma.com.tr info@other.com --json'],
)

/** Its name servers know the demo's domains; without a stack the system's are asked. */
async function useRunningStack(): Promise<void> {
  try {
    await attach()
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== 'STACK_NOT_RUNNING') throw thrown
  }
}

/** After all is printed: a script must not take silence for an answer. */
function requireAnswers(leads: Lead[]): void {
  const silent = leads.filter(({ signals }) => unansweredSignals(signals).includes('mx'))
  if (silent.length === 0) return
  throw new AppError('DNS_UNANSWERED', `no answer for ${silent.map(({ domain }) => domain).join(', ')}`)
}

function textOf(lead: Lead): string {
  const { domain, segment, score, provider } = lead
  const { mailbox, gateway } = provider
  const range = score.min === score.max ? '' : ` (${score.min} to ${score.max})`
  const verdict = `${segment.segment}${segment.provisional ? ', provisional' : ''}, priority ${segment.priority}`
  return [
    `${paint('bold', domain)}  score ${paint('bold', String(score.value))}${range}  ${verdict}`,
    `  mailbox  ${mailbox.name}${mailbox.confidence > 0 ? ` (${mailbox.confidence})` : ''}`,
    `  gateway  ${gateway ? `${gateway.name} (${gateway.confidence})` : 'none seen'}`,
    '',
    indented(signalTable(lead)),
    '',
    indented(scoreTable(lead)),
    '',
  ].join('\n')
}

function signalTable({ signals }: Lead): string {
  const asked = SIGNAL_NAMES.map((name) => ({ name, evidence: signals[name] as Evidence<unknown> }))
  const rows = asked
    .filter(({ evidence }) => evidence.rcode !== 'NOT_COLLECTED')
    .map(({ name, evidence }) => [name, painted(evidence.state), evidence.rcode, evidence.records.join(' | ')])
  return table(['signal', 'state', 'answer', 'records'], rows)
}

function scoreTable({ score }: Lead): string {
  const rows = score.breakdown.map(({ rule, points, evidence, counterfactual }) => [
    rule,
    points,
    evidence,
    counterfactual?.text ?? '',
  ])
  return table(['rule', 'points', 'because', 'could be'], rows)
}

function painted(state: Evidence<unknown>['state']): string {
  return paint(state === 'present' ? 'green' : state === 'absent' ? 'yellow' : 'red', state)
}

function indented(text: string): string {
  return text.replace(/^/gm, '  ')
}
