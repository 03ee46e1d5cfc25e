/** Writes a scanned domain for a person. */
import { stripVTControlCharacters } from 'node:util'
import { type SalesLanguage, writeSalesSummary } from '#leads/sales/summary'
import type { Lead } from '#leads/store'
import type { Evidence } from '#signals/evidence'
import { SIGNAL_NAMES, type SignalName } from '#signals/signals'
import { isProven, type TenantEvidence } from '#signals/provider/tenants'
import { toPrintable, toPrintableBeginning } from '#cli/printable'
import { formatTable } from '#cli/table'
import { paint, getTerminalColumns } from '#cli/terminal'
import { measureWidth, wrapText } from '#cli/text-width'

export function formatReport(lead: Lead, language: SalesLanguage): string {
  const parts = [
    heading(lead),
    indentText(providerLines(lead).join('\n')),
    indentText(signalTable(lead)),
    indentText(scoreTable(lead)),
    indentText(summaryLines(lead, language).join('\n')),
  ]
  return `${parts.join('\n\n')}\n`
}

export function formatRefusal(input: string, message: string, line: number | undefined): string {
  const where = line === undefined ? '' : ` (line ${line})`
  return `${paint('red', toPrintable(input))}${where}  ${message}\n`
}

function heading({ domain, segment, score }: Lead): string {
  const range = score.min === score.max ? '' : ` (${score.min} to ${score.max})`
  const verdict = `${segment.segment}${segment.provisional ? ', provisional' : ''}, priority ${segment.priority}`
  return `${paint('bold', domain)}  score ${paint('bold', String(score.value))}${range}  ${verdict}`
}

function providerLines({ provider, extras }: Lead): string[] {
  const { mailbox, gateway, votes, tenants } = provider
  const because = (id: string) =>
    bullets(votes.filter(({ provider }) => provider === id).map(({ signal, evidence }) => `${signal}: ${evidence}`))
  return [
    `mailbox  ${mailbox.name}${sureness(mailbox.confidence)}`,
    ...because(mailbox.id),
    `gateway  ${gateway ? `${gateway.name}${sureness(gateway.confidence)}` : 'none seen'}`,
    ...because(gateway?.id ?? ''),
    ...tenantLines('Microsoft 365', tenants.microsoft365),
    ...tenantLines('Google Workspace', tenants.google),
    ...referralLines(extras),
  ]
}

function sureness(confidence: number): string {
  return confidence > 0 ? `, ${Math.round(confidence * 100)}% sure` : ''
}

function tenantLines(name: string, evidence: TenantEvidence[]): string[] {
  if (evidence.length === 0) return []
  const seen = evidence.map((each) => `${each.evidence}${each.proves ? '' : ' (not proof on its own)'}`)
  return [`tenant   ${name}: ${isProven(evidence) ? 'proven' : 'not proven'}`, ...bullets(seen)]
}

function referralLines({ referral, tenantId }: Lead['extras']): string[] {
  if (referral === null) return []
  return [`referral ${referral}`, ...bullets(tenantId === null ? [] : [`Microsoft tenant ${tenantId}`])]
}

function bullets(texts: string[]): string[] {
  return texts.map((text) => `         - ${toPrintableBeginning(text)}`)
}

/** Writes present signals with their records, and absent and unanswered ones by name. */
function signalTable({ signals }: Lead): string {
  const named = SIGNAL_NAMES.map((name) => ({ name, evidence: signals[name] as Evidence<unknown> }))
  const rows = named
    .filter(({ evidence }) => evidence.state === 'present')
    .flatMap(({ name, evidence }) =>
      evidence.records.map((record, at) => [at === 0 ? name : '', toPrintableBeginning(record)]),
    )
  const absent = named.filter(({ evidence }) => evidence.state === 'absent')
  const unknown = named.filter(({ evidence }) => evidence.state === 'unknown' && evidence.rcode !== 'NOT_COLLECTED')
  const lines = [
    namesLine(paint('yellow', 'absent'), absent),
    namesLine(paint('red', 'unknown'), unknown),
    `${signals.queries} DNS queries`,
  ]
  return [
    ...(rows.length > 0
      ? [formatTable(['present', 'records'], rows, { wraps: ['records'], columns: tableRoom() })]
      : []),
    ...lines,
  ]
    .filter(Boolean)
    .join('\n')
}

function namesLine(title: string, signals: { name: SignalName; evidence: Evidence<unknown> }[]): string {
  if (signals.length === 0) return ''
  return `${title}  ${signals.map(({ name, evidence }) => `${name} ${paint('dim', evidence.rcode)}`).join(', ')}`
}

function scoreTable({ score }: Lead): string {
  const rows = score.breakdown.map(({ rule, points, evidence, counterfactual }) => [
    rule,
    points,
    toPrintableBeginning(evidence),
    counterfactual?.text ?? '',
  ])
  return formatTable(['rule', 'points', 'because', 'could be'], rows, {
    wraps: ['because', 'could be'],
    columns: tableRoom(),
  })
}

function summaryLines(lead: Lead, language: SalesLanguage): string[] {
  const { oneLiner, metadata, opportunityPotential, urgency, discoveryQuestions } = writeSalesSummary(lead, language)
  return [
    oneLiner,
    `${metadata.offerName}, potential ${opportunityPotential}, urgency ${urgency}`,
    ...discoveryQuestions.map((question) => `- ${question}`),
  ]
}

const INDENT = '  '

/** Indents text; a long line continues below its own beginning: the text of a bullet, or what follows a title. */
export function indentText(text: string): string {
  const room = tableRoom()
  const lines = room === undefined ? text.split('\n') : text.split('\n').flatMap((line) => wrapBelow(line, room))
  return lines.map((line) => INDENT + line).join('\n')
}

function wrapBelow(line: string, room: number): string[] {
  if (measureWidth(line) <= room) return [line]
  const plain = stripVTControlCharacters(line)
  const [start = ''] = /^ *(?:- |[a-z]+ {2,})?/.exec(plain) ?? []
  const [first = '', ...rest] = wrapText(plain.slice(start.length), room - start.length)
  return [start + first, ...rest.map((each) => ' '.repeat(start.length) + each)]
}

function tableRoom(): number | undefined {
  const columns = getTerminalColumns()
  return columns === undefined ? undefined : columns - INDENT.length
}
