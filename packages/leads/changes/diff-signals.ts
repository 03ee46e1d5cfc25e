/** What two scans of a company saw differently. What is unknown on either side is never a difference. Pure. */
import { type Difference, differ, type Known } from '#leads/changes/change-types'
import { EXPIRING_WITHIN_DAYS } from '#leads/score/rules'
import type { Evidence } from '#signals/evidence'
import type { Dmarc, Mx, Ns, Signals, Spf } from '#signals/signals'

export function signalChanges(before: Signals, after: Signals): Difference[] {
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
