/** Builds the steps from a domain's DMARC record, or from none, to `p=reject` (RFC 9989). Pure. */
import { ask, type Question, type Remedy, TTL_SECONDS } from '#leads/fixes/fix'
import type { Lead } from '#leads/store'
import type { Dmarc, DmarcPolicy } from '#signals/signals'

/** Reports come once a day; two weeks show the senders that write once a month or less on a working day. */
const STEP_DAYS = 14
/** RFC 9989 has no use for them, or the steps set them. */
const LEFT_OUT = new Set(['v', 'p', 't', 'pct', 'rf', 'ri'])
/** What a record says about the names below the domain that publishes it. */
const FOR_NAMES_BELOW = new Set(['sp', 'np', 'psd'])

export function fixDmarc({ domain, signals }: Lead): Remedy {
  const { dmarc, spf, dkim } = signals
  if (dmarc.state === 'unknown') return ask({ code: 'scan-again', about: [] })
  const current = dmarc.state === 'present' ? dmarc.value : null
  const host = `_dmarc.${domain}`
  const isOwn = current?.name === host
  const mailbox = `dmarc@${domain}`
  const asksForReports = current !== null && current.reportUris.length > 0
  const tags = current === null ? [] : keepTags(current.record, { isOwn })
  const others = asksForReports ? tags : [['rua', `mailto:${mailbox}`], ...tags.filter(([tag]) => tag !== 'rua')]
  const published = isOwn && dmarc.state === 'present' ? dmarc.records : []
  const write = (policy: DmarcPolicy) => ['v=DMARC1', `p=${policy}`, ...others.map((tag) => tag.join('='))].join('; ')
  const place = { host, type: 'TXT' } as const
  const values = listPolicies(current, asksForReports).map(write)
  const steps = values.map((value, at) => ({
    afterDays: at === 0 ? 0 : STEP_DAYS,
    remove: (at === 0 ? published : values.slice(at - 1, at)).map((old) => ({ ...place, value: old })),
    publish: [{ ...place, value, ttlSeconds: TTL_SECONDS }],
  }))
  const unsigned = [
    ...(spf.state === 'present' && spf.value.verdict === 'valid' ? [] : ['SPF']),
    ...(dkim.state === 'present' && dkim.value.selectors.length > 0 ? [] : ['DKIM']),
  ]
  const questions: Question[] = [
    ...(asksForReports ? [] : [{ code: 'report-mailbox' as const, about: [mailbox] }]),
    { code: 'reports-clean', about: [] },
    ...(unsigned.length > 0 ? [{ code: 'signatures-first' as const, about: unsigned }] : []),
  ]
  return { steps, questions, isCertain: true }
}

/** A policy above `none` waits for reports: they show which mail it would stop. */
function listPolicies(current: Dmarc | null, asksForReports: boolean): DmarcPolicy[] {
  const applied = current?.effectivePolicy ?? null
  if (applied === 'quarantine') return ['reject']
  return applied === 'none' && asksForReports ? ['quarantine', 'reject'] : ['none', 'quarantine', 'reject']
}

/** The first of a repeated tag counts. A bad policy for names below would void the record. */
function keepTags(record: string, { isOwn }: { isOwn: boolean }): string[][] {
  const kept = new Map<string, string>()
  for (const part of record.split(';')) {
    const at = part.indexOf('=')
    const tag = part.slice(0, Math.max(at, 0)).trim().toLowerCase()
    const value = part.slice(at + 1).trim()
    if (tag === '' || value === '' || kept.has(tag) || LEFT_OUT.has(tag)) continue
    if (FOR_NAMES_BELOW.has(tag) && (!isOwn || !/^(?:none|quarantine|reject|y|n|u)$/i.test(value))) continue
    kept.set(tag, value)
  }
  return [...kept]
}
