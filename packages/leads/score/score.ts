/** Scores a lead from 0 to 100, with a reason for each point. Pure: the same facts give the same score. */
import type { REFERRAL_KINDS } from '#db/tables'
import {
  CO_SELL_POINTS,
  DKIM_POINTS,
  DMARC_POINTS,
  EXPIRING_WITHIN_DAYS,
  PROVIDER_POINTS,
  REGISTRATION_POINTS,
  RULES_VERSION,
  SPF_POINTS,
} from '#leads/score/rules'
import type { Evidence, Present, Unknown } from '#signals/evidence'
import type { ProviderVerdict } from '#signals/provider/identify-provider'
import { mayTakeMail } from '#signals/provider/votes'
import type { Dkim, Dmarc, Registration, Signals, Spf } from '#signals/signals'

export type ReferralKind = (typeof REFERRAL_KINDS)[number]

/** Facts about the lead that are not signals. */
export interface LeadExtras {
  /** The best kind of the company's open referrals. */
  referral: ReferralKind | null
  /** Azure tenant id of a referral: proof of a tenant. */
  tenantId: string | null
}

export const NO_EXTRAS: LeadExtras = { referral: null, tenantId: null }

interface Counterfactual {
  /** Rule that would apply instead, e.g. `dmarc.reject`. */
  rule: string
  /**
   * Points that the score would gain, above zero. Fewer than the rule's points when the score reaches a bound of
   * 0..100.
   */
  points: number
  /** `with DMARC reject: +15` */
  text: string
}

export interface ScoreLine {
  /** `<group>.<case>`: `provider.google`, `spf.valid`, `dmarc.none`, `dkim.unknown`. */
  rule: string
  points: number
  /** The least and the most points that this line can turn out to give; both equal `points` when nothing is unknown. */
  min: number
  max: number
  state: Evidence<unknown>['state']
  /** One line of what the scan saw. */
  evidence: string
  /** The best that the domain could still gain here; null when it can gain nothing, or when that is unknown. */
  counterfactual: Counterfactual | null
}

export interface Score {
  /** 0 to 100. */
  value: number
  /** The range of the score while signals are unknown, 0 to 100, `min <= value <= max`. */
  min: number
  max: number
  rulesVersion: number
  /** The sum of their points is `value` before it is limited to 0..100. */
  breakdown: ScoreLine[]
}

/** A line before the sum is known: its gain does not respect the bounds of the score yet. */
type Line = Omit<ScoreLine, 'counterfactual'> & { gain: Gain | null }

interface Gain {
  rule: string
  points: number
  /** `with DMARC reject` */
  change: string
}

/** Measures dates from `signals.at`, so that a stored scan scores the same on any day. */
export function scoreLead(signals: Signals, provider: ProviderVerdict, extras: LeadExtras): Score {
  const lines = [
    scoreProvider(signals, provider),
    scoreSpf(signals.spf),
    scoreDkim(signals.dkim),
    scoreDmarc(signals.dmarc),
    scoreRegistration(signals.registration, signals.at),
    ...scoreReferral(extras),
  ]
  return {
    value: clamp(sumLines(lines, 'points')),
    min: clamp(sumLines(lines, 'min')),
    max: clamp(sumLines(lines, 'max')),
    rulesVersion: RULES_VERSION,
    breakdown: lines.map(({ gain, ...line }) => ({ ...line, counterfactual: buildCounterfactual(gain, lines) })),
  }
}

function sumLines(lines: Line[], field: 'points' | 'min' | 'max'): number {
  return lines.reduce((sum, line) => sum + line[field], 0)
}

function clamp(sum: number): number {
  return Math.min(100, Math.max(0, sum))
}

function buildCounterfactual(gain: Gain | null, lines: Line[]): Counterfactual | null {
  if (!gain) return null
  const sum = sumLines(lines, 'points')
  const points = clamp(sum + gain.points) - clamp(sum)
  return points > 0 ? { rule: gain.rule, points, text: `${gain.change}: +${points}` } : null
}

/** A hidden mailbox, or one that a missing signal could change, may be worth anything. */
function scoreProvider(signals: Signals, { mailbox, votes }: ProviderVerdict): Line {
  const { mx } = signals
  const seen = votes
    .filter(({ provider }) => provider === mailbox.id)
    .map(({ signal, evidence }) => `${signal} ${evidence}`)
  const points = PROVIDER_POINTS[mailbox.kind]
  const line = createLine(`provider.${mailbox.kind}`, points, seen.join(', ') || explainNoProvider(signals))
  if (mx.state === 'unknown')
    return { ...line, ...findRange(PROVIDER_POINTS), state: 'unknown', evidence: explainUnknown(mx) }
  if (mailbox.settled && mailbox.kind !== 'unknown') return { ...line, state: mx.state }
  return { ...line, ...findRange(PROVIDER_POINTS), state: 'unknown' }
}

function explainNoProvider(signals: Signals): string {
  return mayTakeMail(signals) ? 'no MX, and an address that may take mail' : 'nothing names the mailbox'
}

function scoreSpf(spf: Evidence<Spf>): Line {
  if (spf.state === 'unknown') return createUnknownLine('spf.unknown', spf, findRange(SPF_POINTS))
  if (spf.state === 'absent') return { ...buildSpfLine('absent', `no SPF record (${spf.rcode})`), state: 'absent' }
  const { verdict, record, problems, unanswered } = spf.value
  if (verdict === 'undetermined') {
    const range = { min: SPF_POINTS.broken, max: SPF_POINTS.valid }
    const evidence = `no answer for ${unanswered.join(', ')}`
    return { ...createLine('spf.undetermined', SPF_POINTS.undetermined, evidence), ...range, state: 'unknown' }
  }
  return buildSpfLine(verdict, verdict === 'broken' ? problems.join(', ') : (record ?? ''))
}

function buildSpfLine(verdict: 'valid' | 'broken' | 'absent', evidence: string): Line {
  const points = SPF_POINTS[verdict]
  const gain = createGain('spf.valid', SPF_POINTS.valid - points, 'with valid SPF')
  return { ...createLine(`spf.${verdict}`, points, evidence), gain }
}

function scoreDkim(dkim: Evidence<Dkim>): Line {
  if (dkim.state === 'unknown') return createUnknownLine('dkim.unknown', dkim, findRange(DKIM_POINTS))
  if (dkim.state === 'present' && dkim.value.selectors.length === 0) {
    // A CNAME without a key: the mail may be signed elsewhere or not at all.
    const evidence = dkim.value.targets.map(({ selector }) => `no key behind ${selector}`).join(', ')
    return { ...createLine('dkim.keyless', 0, evidence), ...findRange(DKIM_POINTS), state: 'unknown' }
  }
  if (dkim.state === 'present')
    return createLine('dkim.found', DKIM_POINTS.found, `keys at ${dkim.value.selectors.join(', ')}`)
  const gain = createGain('dkim.found', DKIM_POINTS.found - DKIM_POINTS.absent, 'with DKIM')
  const line = createLine('dkim.absent', DKIM_POINTS.absent, `no DKIM keys (${dkim.rcode})`)
  return { ...line, state: 'absent', gain }
}

function scoreDmarc(dmarc: Evidence<Dmarc>): Line {
  if (dmarc.state === 'unknown') return createUnknownLine('dmarc.unknown', dmarc, findRange(DMARC_POINTS))
  const policy = dmarc.state === 'absent' ? 'absent' : (dmarc.value.effectivePolicy ?? 'unusable')
  const points = DMARC_POINTS[policy]
  const evidence = dmarc.state === 'absent' ? `no DMARC record (${dmarc.rcode})` : describeDmarc(dmarc)
  const gain = createGain('dmarc.reject', DMARC_POINTS.reject - points, 'with DMARC reject')
  return { ...createLine(`dmarc.${policy}`, points, evidence), state: dmarc.state, gain }
}

function describeDmarc({ records, value }: Present<Dmarc>): string {
  const text = records.join(' | ')
  return value.source === 'own' ? text : `${text} at ${value.name}`
}

function scoreRegistration(registration: Evidence<Registration>, at: string): Line {
  const range = findRange(REGISTRATION_POINTS)
  if (registration.state === 'unknown') return createUnknownLine('registration.unknown', registration, range)
  const expiresAt = registration.state === 'present' ? registration.value.expiresAt : null
  if (expiresAt === null) {
    return { ...createLine('registration.undated', 0, 'no expiry date'), ...range, state: 'unknown' }
  }
  const outlook = judgeExpiry(registration, at) ?? 'lasting'
  const points = REGISTRATION_POINTS[outlook]
  const gain = createGain('registration.lasting', -points, 'with the domain renewed')
  return { ...createLine(`registration.${outlook}`, points, `expires ${expiresAt}`), gain }
}

/** Returns null without an expiry date. `at`: ISO time to count from. */
export function judgeExpiry(registration: Evidence<Registration>, at: string): 'expiring' | 'lasting' | null {
  const expiresAt = registration.state === 'present' ? registration.value.expiresAt : null
  if (expiresAt === null) return null
  const daysLeft = (Date.parse(expiresAt) - Date.parse(at)) / 86_400_000
  return daysLeft <= EXPIRING_WITHIN_DAYS ? 'expiring' : 'lasting'
}

function scoreReferral({ referral }: LeadExtras): Line[] {
  return referral === 'co-sell' ? [createLine('referral.co-sell', CO_SELL_POINTS, 'a co-sell referral')] : []
}

function createLine(rule: string, points: number, evidence: string): Line {
  return { rule, points, min: points, max: points, state: 'present', evidence, gain: null }
}

/** A failed look-up gives neither points nor risk; the range says what it may turn out to be. */
function createUnknownLine(rule: string, evidence: Unknown, range: { min: number; max: number }): Line {
  return { ...createLine(rule, 0, explainUnknown(evidence)), ...range, state: 'unknown' }
}

function explainUnknown({ rcode, records, resolver }: Unknown): string {
  if (rcode === 'NOT_COLLECTED') return 'not collected'
  if (rcode === 'UNPROVEN') return records.join(', ')
  return resolver === null ? rcode : `${rcode} from ${resolver}`
}

function findRange(points: Readonly<Record<string, number>>): { min: number; max: number } {
  const all = Object.values(points)
  return { min: Math.min(...all), max: Math.max(...all) }
}

function createGain(rule: string, points: number, change: string): Gain | null {
  return points > 0 ? { rule, points, change } : null
}
