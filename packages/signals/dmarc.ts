/** Reads DMARC records (RFC 9989; `pct` as in RFC 7489, which receivers still follow). */
import type { Answer } from '#signals/dns'
import { type Evidence, present, withoutRecord } from '#signals/evidence'
import { DMARC_POLICIES, type Dmarc, type DmarcPolicy } from '#signals/signals'

const VERSION = /^v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)/

/** `name` is the name that was asked. Several records: receivers apply none (RFC 9989 section 4.10). */
export function readDmarc(name: string, answer: Answer<string>): Evidence<Dmarc> {
  const [record, ...others] = answer.records.filter((text) => VERSION.test(text))
  if (record === undefined) return withoutRecord(answer, answer.records)
  const records = [record, ...others]
  const dmarc = parseDmarc(name, record)
  if (others.length === 0) return present(answer, records, dmarc)
  return present(answer, records, { ...dmarc, policy: null, effectivePolicy: null, severalRecords: true })
}

export function parseDmarc(name: string, record: string): Dmarc {
  const tags = tagsOf(record)
  const reportUris = urisOf(tags.get('rua'))
  const policy = policyOf(tags, reportUris)
  const testing = tags.get('t')?.toLowerCase() === 'y'
  const percent = percentOf(tags.get('pct'))
  return {
    name,
    record,
    policy,
    effectivePolicy: testing || percent === 0 ? oneStepDown(policy) : policy,
    subdomainPolicy: asPolicy(tags.get('sp')),
    nonexistentPolicy: asPolicy(tags.get('np')),
    testing,
    percent,
    reportUris,
    severalRecords: false,
  }
}

/**
 * No `p` asks for `none`. A bad `p`, `sp` or `np` does so only when reports are wanted; otherwise the record is void
 * (RFC 9989 section 4.10.1).
 */
function policyOf(tags: Map<string, string>, reportUris: string[]): DmarcPolicy | null {
  const isBad = ['p', 'sp', 'np'].some((tag) => tags.has(tag) && asPolicy(tags.get(tag)) === null)
  if (isBad) return reportUris.length > 0 ? 'none' : null
  return asPolicy(tags.get('p')) ?? 'none'
}

/** The first of a repeated tag counts; what has no `=` is no tag. */
function tagsOf(record: string): Map<string, string> {
  const tags = new Map<string, string>()
  for (const part of record.split(';')) {
    const at = part.indexOf('=')
    const tag = part.slice(0, Math.max(at, 0)).trim().toLowerCase()
    if (tag && !tags.has(tag)) tags.set(tag, part.slice(at + 1).trim())
  }
  return tags
}

function asPolicy(value: string | undefined): DmarcPolicy | null {
  return DMARC_POLICIES.find((policy) => policy === value?.toLowerCase()) ?? null
}

function oneStepDown(policy: DmarcPolicy | null): DmarcPolicy | null {
  return policy === 'reject' ? 'quarantine' : policy && 'none'
}

function percentOf(value: string | undefined): number {
  return value !== undefined && /^\d{1,3}$/.test(value) ? Math.min(Number(value), 100) : 100
}

function urisOf(value: string | undefined): string[] {
  const uris = (value ?? '').split(',').map((uri) => uri.trim())
  return uris.filter((uri) => /^[a-z][a-z0-9+.-]*:.+/i.test(uri))
}
