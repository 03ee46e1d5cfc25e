/** Compares the signals of two scans. A signal that is unknown on either side never counts as a difference. Pure. */
import { type Difference, compareValues, type SignalText } from '#leads/changes/change-types'
import { EXPIRING_WITHIN_DAYS } from '#leads/score/rules'
import type { Evidence } from '#signals/evidence'
import type { Dmarc, Mx, Ns, Signals, Spf } from '#signals/signals'

export function diffSignals(before: Signals, after: Signals): Difference[] {
  return [
    ...compareValues('mx_changed', formatMx(before.mx), formatMx(after.mx)),
    ...diffRecord('spf', formatSpf(before.spf), formatSpf(after.spf)),
    ...diffSpfVerdict(before.spf, after.spf),
    ...diffDkim(before, after),
    ...diffDmarc(before.dmarc, after.dmarc),
    ...compareValues('ns_changed', formatNs(before.ns), formatNs(after.ns)),
    ...PRESENCE_SIGNALS.flatMap(([signal, name]) =>
      diffRecord(name, formatPresence(before[signal]), formatPresence(after[signal])),
    ),
    ...diffRegistration(before, after),
  ]
}

function formatMx(mx: Evidence<Mx>): SignalText {
  if (mx.state !== 'present') return mx.state === 'absent' ? null : undefined
  if (mx.value.nullMx) return '0 .'
  return mx.value.hosts.map(({ preference, host }) => `${preference} ${host}`).join(', ')
}

function formatSpf(spf: Evidence<Spf>): SignalText {
  if (spf.state !== 'present') return spf.state === 'absent' ? null : undefined
  return spf.value.record ?? spf.records.toSorted().join(' | ')
}

function formatNs(ns: Evidence<Ns>): SignalText {
  if (ns.state !== 'present') return ns.state === 'absent' ? null : undefined
  return ns.value.hosts.toSorted().join(', ')
}

const PRESENCE_SIGNALS = [
  ['mtaSts', 'mta_sts'],
  ['tlsRpt', 'tls_rpt'],
  ['bimi', 'bimi'],
] as const

/** Compares presence alone, because the content of these records may change every day. */
function formatPresence({ state }: Evidence<unknown>): SignalText {
  return state === 'present' ? 'present' : state === 'absent' ? null : undefined
}

function diffRecord(
  name: 'spf' | 'dkim' | 'mta_sts' | 'tls_rpt' | 'bimi',
  before: SignalText,
  after: SignalText,
): Difference[] {
  if (before === undefined || after === undefined || before === after) return []
  if (before === null) return [{ type: `${name}_added`, old: null, new: after }]
  if (after === null) return [{ type: `${name}_removed`, old: before, new: null }]
  return name === 'spf' ? [{ type: 'spf_changed', old: before, new: after }] : []
}

/** The record can stay the same while something it includes breaks. */
function diffSpfVerdict(before: Evidence<Spf>, after: Evidence<Spf>): Difference[] {
  if (before.state !== 'present' || after.state !== 'present') return []
  const [old, now] = [before.value.verdict, after.value.verdict]
  if (old === 'undetermined' || now === 'undetermined' || old === now) return []
  return [{ type: now === 'broken' ? 'spf_broken' : 'spf_repaired', old, new: now }]
}

/** The selectors found depend on the selectors asked, so only the first and the last key count. */
function diffDkim(before: Signals, after: Signals): Difference[] {
  const known = ({ dkim }: Signals) => {
    if (dkim.state === 'absent') return null
    return dkim.state === 'present' && dkim.value.selectors.length > 0 ? dkim.value.selectors.join(', ') : undefined
  }
  return diffRecord('dkim', known(before), known(after))
}

const DMARC_STRENGTH = { unusable: 0, none: 1, quarantine: 2, reject: 3 } as const

function diffDmarc(before: Evidence<Dmarc>, after: Evidence<Dmarc>): Difference[] {
  if (before.state === 'unknown' || after.state === 'unknown') return []
  const [old, now] = [readPolicy(before), readPolicy(after)]
  if (old === null) return now === null ? [] : [{ type: 'dmarc_added', old, new: now }]
  if (now === null) return [{ type: 'dmarc_removed', old, new: now }]
  const step = DMARC_STRENGTH[now] - DMARC_STRENGTH[old]
  if (step !== 0) return [{ type: step < 0 ? 'dmarc_weakened' : 'dmarc_strengthened', old, new: now }]
  return compareValues('dmarc_changed', formatDmarc(before), formatDmarc(after))
}

function readPolicy(dmarc: Evidence<Dmarc>): keyof typeof DMARC_STRENGTH | null {
  return dmarc.state === 'present' ? (dmarc.value.effectivePolicy ?? 'unusable') : null
}

function formatDmarc(dmarc: Evidence<Dmarc>): SignalText {
  return dmarc.state === 'present' ? dmarc.value.record : null
}

/** Reports the crossing of the limit once: the earlier scan saw more than 30 days left, this one does not. */
function diffRegistration(before: Signals, after: Signals): Difference[] {
  if (before.registration.state !== 'present' || after.registration.state !== 'present') return []
  const [old, now] = [before.registration.value, after.registration.value]
  return [
    ...compareValues('registrar_changed', old.registrar ?? undefined, now.registrar ?? undefined),
    ...diffExpiry({ expiresAt: old.expiresAt, at: before.at }, { expiresAt: now.expiresAt, at: after.at }),
  ]
}

interface Expiry {
  expiresAt: string | null
  at: string
}

function diffExpiry(before: Expiry, after: Expiry): Difference[] {
  if (Number.isNaN(countDaysLeft(before)) || Number.isNaN(countDaysLeft(after))) return []
  const dates = { old: before.expiresAt, new: after.expiresAt }
  if (countDaysLeft(before) > EXPIRING_WITHIN_DAYS && countDaysLeft(after) <= EXPIRING_WITHIN_DAYS)
    return [{ type: 'domain_expiring', ...dates }]
  return Date.parse(dates.new ?? '') > Date.parse(dates.old ?? '') ? [{ type: 'domain_renewed', ...dates }] : []
}

/** NaN without an expiry date. */
function countDaysLeft({ expiresAt, at }: Expiry): number {
  return (Date.parse(expiresAt ?? '') - Date.parse(at)) / 86_400_000
}
