/** What changed about a company between two scans. What is unknown on either side is never a change. Pure. */
import { assessLead } from '#leads/assess'
import { EXPIRING_WITHIN_DAYS } from '#leads/rules'
import type { Lead } from '#leads/store'
import { type Evidence, notCollected } from '#signals/evidence'
import { NO_OVERRIDES, type ProviderOverride } from '#signals/fingerprints'
import { type Dmarc, type Mx, type Ns, SIGNAL_NAMES, type SignalName, type Signals, type Spf } from '#signals/signals'

export const CHANGE_TYPES = [
  'mx_changed',
  'spf_added',
  'spf_removed',
  'spf_changed',
  'spf_broken',
  'spf_repaired',
  'dkim_added',
  'dkim_removed',
  'dmarc_added',
  'dmarc_removed',
  'dmarc_weakened',
  'dmarc_strengthened',
  'dmarc_changed',
  'ns_changed',
  'mta_sts_added',
  'mta_sts_removed',
  'tls_rpt_added',
  'tls_rpt_removed',
  'bimi_added',
  'bimi_removed',
  'registrar_changed',
  'domain_expiring',
  'domain_renewed',
  'provider_changed',
  'gateway_changed',
  'segment_changed',
  'score_changed',
] as const
export type ChangeType = (typeof CHANGE_TYPES)[number]

/** Changes that somebody should hear of. A removed DMARC record is the weakest there is. */
export const ALERT_TYPES = [
  'mx_changed',
  'dmarc_added',
  'dmarc_removed',
  'dmarc_weakened',
  'domain_expiring',
  'segment_changed',
] as const satisfies ChangeType[]
export type AlertType = (typeof ALERT_TYPES)[number]

export interface Change {
  type: ChangeType
  /** Records, policies, dates, provider ids, segments as text; scores as numbers. null: there was none. */
  old: string | number | null
  new: string | number | null
  /** When the newer of the two scans began: ISO time in UTC. */
  at: string
}

type Difference = Omit<Change, 'at'>

/** `before` and `after` are of the same company, and `after` has taken in what `before` knew. */
export function findChanges(
  before: Lead,
  after: Lead,
  overrides: readonly ProviderOverride[] = NO_OVERRIDES,
): Change[] {
  const found = [...signalChanges(before.signals, after.signals), ...verdictChanges(before, after, overrides)]
  return found.map((difference) => ({ ...difference, at: after.signals.at }))
}

function signalChanges(before: Signals, after: Signals): Difference[] {
  return [
    ...mxChange(before.mx, after.mx),
    ...recordChange('spf', textOfSpf(before.spf), textOfSpf(after.spf)),
    ...spfVerdictChange(before.spf, after.spf),
    ...dkimChange(before, after),
    ...dmarcChange(before.dmarc, after.dmarc),
    ...differ('ns_changed', textOfNs(before.ns), textOfNs(after.ns)),
    ...ANNOUNCEMENTS.flatMap(([signal, name]) => recordChange(name, stateOf(before[signal]), stateOf(after[signal]))),
    ...registrationChanges(before, after),
  ]
}

function mxChange(before: Evidence<Mx>, after: Evidence<Mx>): Difference[] {
  return differ('mx_changed', textOfMx(before), textOfMx(after))
}

/** undefined: unknown; null: absent. */
type Known = string | null | undefined

function textOfMx(mx: Evidence<Mx>): Known {
  if (mx.state !== 'present') return mx.state === 'absent' ? null : undefined
  if (mx.value.nullMx) return '0 .'
  return mx.value.hosts.map(({ preference, host }) => `${preference} ${host}`).join(', ')
}

function textOfSpf(spf: Evidence<Spf>): Known {
  if (spf.state !== 'present') return spf.state === 'absent' ? null : undefined
  return spf.value.record ?? spf.records.toSorted().join(' | ')
}

function textOfNs(ns: Evidence<Ns>): Known {
  if (ns.state !== 'present') return ns.state === 'absent' ? null : undefined
  return ns.value.hosts.toSorted().join(', ')
}

const ANNOUNCEMENTS = [
  ['mtaSts', 'mta_sts'],
  ['tlsRpt', 'tls_rpt'],
  ['bimi', 'bimi'],
] as const

/** Of what only has to be there; its content may change every day. */
function stateOf({ state }: Evidence<unknown>): Known {
  return state === 'present' ? 'present' : state === 'absent' ? null : undefined
}

function recordChange(
  name: 'spf' | 'dkim' | 'mta_sts' | 'tls_rpt' | 'bimi',
  before: Known,
  after: Known,
): Difference[] {
  if (before === undefined || after === undefined || before === after) return []
  if (before === null) return [{ type: `${name}_added`, old: null, new: after }]
  if (after === null) return [{ type: `${name}_removed`, old: before, new: null }]
  return name === 'spf' ? [{ type: 'spf_changed', old: before, new: after }] : []
}

/** The record may stay as it is while what it includes breaks. */
function spfVerdictChange(before: Evidence<Spf>, after: Evidence<Spf>): Difference[] {
  if (before.state !== 'present' || after.state !== 'present') return []
  const [old, now] = [before.value.verdict, after.value.verdict]
  if (old === 'undetermined' || now === 'undetermined' || old === now) return []
  return [{ type: now === 'broken' ? 'spf_broken' : 'spf_repaired', old, new: now }]
}

/** Which selectors are found depends on which were asked for, so only the first and the last key count. */
function dkimChange(before: Signals, after: Signals): Difference[] {
  const known = ({ dkim }: Signals) => {
    if (dkim.state === 'absent') return null
    return dkim.state === 'present' && dkim.value.selectors.length > 0 ? dkim.value.selectors.join(', ') : undefined
  }
  return recordChange('dkim', known(before), known(after))
}

const DMARC_STRENGTH = { unusable: 0, none: 1, quarantine: 2, reject: 3 } as const

function dmarcChange(before: Evidence<Dmarc>, after: Evidence<Dmarc>): Difference[] {
  if (before.state === 'unknown' || after.state === 'unknown') return []
  const [old, now] = [policyOf(before), policyOf(after)]
  if (old === null) return now === null ? [] : [{ type: 'dmarc_added', old, new: now }]
  if (now === null) return [{ type: 'dmarc_removed', old, new: now }]
  const step = DMARC_STRENGTH[now] - DMARC_STRENGTH[old]
  if (step !== 0) return [{ type: step < 0 ? 'dmarc_weakened' : 'dmarc_strengthened', old, new: now }]
  return differ('dmarc_changed', textOfDmarc(before), textOfDmarc(after))
}

function policyOf(dmarc: Evidence<Dmarc>): keyof typeof DMARC_STRENGTH | null {
  return dmarc.state === 'present' ? (dmarc.value.effectivePolicy ?? 'unusable') : null
}

function textOfDmarc(dmarc: Evidence<Dmarc>): Known {
  return dmarc.state === 'present' ? dmarc.value.record : null
}

/** A date is crossed once: the scan before saw more than 30 days left, this one does not. */
function registrationChanges(before: Signals, after: Signals): Difference[] {
  if (before.registration.state !== 'present' || after.registration.state !== 'present') return []
  const [old, now] = [before.registration.value, after.registration.value]
  return [
    ...differ('registrar_changed', old.registrar ?? undefined, now.registrar ?? undefined),
    ...expiryChange({ expiresAt: old.expiresAt, at: before.at }, { expiresAt: now.expiresAt, at: after.at }),
  ]
}

interface Expiry {
  expiresAt: string | null
  at: string
}

function expiryChange(before: Expiry, after: Expiry): Difference[] {
  if (Number.isNaN(daysLeft(before)) || Number.isNaN(daysLeft(after))) return []
  const dates = { old: before.expiresAt, new: after.expiresAt }
  if (daysLeft(before) > EXPIRING_WITHIN_DAYS && daysLeft(after) <= EXPIRING_WITHIN_DAYS)
    return [{ type: 'domain_expiring', ...dates }]
  return Date.parse(dates.new ?? '') > Date.parse(dates.old ?? '') ? [{ type: 'domain_renewed', ...dates }] : []
}

/** NaN where no date is known. */
function daysLeft({ expiresAt, at }: Expiry): number {
  return (Date.parse(expiresAt ?? '') - Date.parse(at)) / 86_400_000
}

/**
 * What only one of the two scans knows moves the verdict without anything having changed out there. So a verdict's
 * change counts if it is there without that knowledge too; it is told with the values that were kept.
 */
function verdictChanges(before: Lead, after: Lead, overrides: readonly ProviderOverride[]): Difference[] {
  const changes = compareVerdicts(before, after)
  const oneSided = SIGNAL_NAMES.filter((name) => isKnown(before.signals[name]) !== isKnown(after.signals[name]))
  if (changes.length === 0 || oneSided.length === 0) return changes
  const [old, now] = [before, after].map(({ signals }) => assessLead(without(signals, oneSided), overrides))
  const real = new Set(old && now ? compareVerdicts(old, now).map(({ type }) => type) : [])
  return changes.filter(({ type }) => real.has(type))
}

function compareVerdicts(before: Lead, after: Lead): Difference[] {
  const [old, now] = [before.provider, after.provider]
  const hasMailbox = old.mailbox.kind !== 'unknown' && now.mailbox.kind !== 'unknown'
  return [
    ...(hasMailbox ? differ('provider_changed', old.mailbox.id, now.mailbox.id) : []),
    ...differ('gateway_changed', old.gateway?.id ?? null, now.gateway?.id ?? null),
    ...differ('segment_changed', before.segment.segment, after.segment.segment),
    ...differ('score_changed', before.score.value, after.score.value),
  ]
}

function isKnown(evidence: Evidence<unknown>): boolean {
  if (evidence.state !== 'present') return evidence.state === 'absent'
  return (evidence.value as Partial<Spf>).verdict !== 'undetermined'
}

function without(signals: Signals, names: SignalName[]): Signals {
  return { ...signals, ...Object.fromEntries(names.map((name) => [name, notCollected(signals.at)])) }
}

function differ(type: ChangeType, old: Known | number, now: Known | number): Difference[] {
  return old === undefined || now === undefined || old === now ? [] : [{ type, old, new: now }]
}
