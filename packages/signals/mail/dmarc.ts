/** Reads one DMARC record (RFC 9989 section 4.7; `pct` as in RFC 7489, which receivers still follow). */
import { DMARC_POLICIES, type Dmarc, type DmarcPolicy } from '#signals/signals'

/** Tag names ignore case (RFC 5234 section 2.3); the version does not. */
const VERSION = /^[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)/

export function isDmarc(text: string): boolean {
  return VERSION.test(text)
}

/** Reads the record's policy for the domain that publishes it; `name` is the name asked. */
export function parseDmarc(name: string, record: string): Dmarc {
  const tags = parseTags(record)
  const reportUris = parseUris(tags.get('rua'))
  const policy = readPolicy(tags, reportUris)
  const testing = tags.get('t')?.toLowerCase() === 'y'
  const percent = parsePercent(tags.get('pct'))
  return {
    name,
    record,
    source: 'own',
    policy,
    effectivePolicy: resolveEffectivePolicy(policy, { testing, percent }),
    subdomainPolicy: parsePolicy(tags.get('sp')),
    nonexistentPolicy: parsePolicy(tags.get('np')),
    testing,
    percent,
    reportUris,
    psd: parsePsd(tags.get('psd')),
    severalRecords: false,
  }
}

/**
 * Applies the record to a subdomain that has none: `sp` counts, or `np` when the subdomain does not exist; `np` falls
 * back to `sp`, and `sp` to `p` (RFC 9989 section 4.10.1).
 */
export function deriveSubdomainPolicy(dmarc: Dmarc, { exists }: { exists: boolean }): Dmarc {
  const { subdomainPolicy, nonexistentPolicy } = dmarc
  // A void record, or one that reads as `p=none`, says nothing valid about subdomains either.
  const isReadable = dmarc.policy !== null && !hasBadPolicy(parseTags(dmarc.record))
  const special = exists ? subdomainPolicy : (nonexistentPolicy ?? subdomainPolicy)
  const policy = isReadable && special ? special : dmarc.policy
  return { ...dmarc, policy, effectivePolicy: resolveEffectivePolicy(policy, dmarc) }
}

/** `t=y` and `pct=0` weaken the policy by one step. */
function resolveEffectivePolicy(policy: DmarcPolicy | null, { testing, percent }: Pick<Dmarc, 'testing' | 'percent'>) {
  return testing || percent === 0 ? weaken(policy) : policy
}

/**
 * A missing `p` means `none`. A bad `p`, `sp` or `np` means `none` only when the record asks for reports; otherwise the
 * record is void (RFC 9989 section 4.10.1).
 */
function readPolicy(tags: Map<string, string>, reportUris: string[]): DmarcPolicy | null {
  if (hasBadPolicy(tags)) return reportUris.length > 0 ? 'none' : null
  return parsePolicy(tags.get('p')) ?? 'none'
}

function hasBadPolicy(tags: Map<string, string>): boolean {
  return ['p', 'sp', 'np'].some((tag) => tags.has(tag) && parsePolicy(tags.get(tag)) === null)
}

function parsePsd(value: string | undefined): Dmarc['psd'] {
  const psd = value?.toLowerCase()
  return psd === 'y' || psd === 'n' ? psd : 'u'
}

/** The first of a repeated tag counts; a part without `=` is not a tag. */
function parseTags(record: string): Map<string, string> {
  const tags = new Map<string, string>()
  for (const part of record.split(';')) {
    const at = part.indexOf('=')
    const tag = part.slice(0, Math.max(at, 0)).trim().toLowerCase()
    if (tag && !tags.has(tag)) tags.set(tag, part.slice(at + 1).trim())
  }
  return tags
}

function parsePolicy(value: string | undefined): DmarcPolicy | null {
  return DMARC_POLICIES.find((policy) => policy === value?.toLowerCase()) ?? null
}

function weaken(policy: DmarcPolicy | null): DmarcPolicy | null {
  return policy === 'reject' ? 'quarantine' : policy && 'none'
}

function parsePercent(value: string | undefined): number {
  return value !== undefined && /^\d{1,3}$/.test(value) ? Math.min(Number(value), 100) : 100
}

function parseUris(value: string | undefined): string[] {
  const uris = (value ?? '').split(',').map((uri) => uri.trim())
  return uris.filter((uri) => /^[a-z][a-z0-9+.-]*:.+/i.test(uri))
}
