/** Looks for DKIM keys (RFC 6376) at the selectors that senders commonly use, because the DNS cannot list selectors. */
import type { Answer, Dns } from '#signals/dns/dns'
import { type Evidence, isUnanswered, createPresent, createUnproven, judgeAbsence } from '#signals/evidence'
import type { Domain } from '#signals/normalise'
import type { Dkim, DkimTarget } from '#signals/signals'

/**
 * Selectors to query besides those that the provider implies. `k1`: Mailchimp; `s1`: SendGrid; `default`, `dkim`, `mail`:
 * hosting panels.
 */
const COMMON_SELECTORS = ['selector1', 'selector2', 'google', 'default', 'mail', 'dkim', 's1', 'k1']

/** No domain uses this selector: a zone that answers for it has a wildcard. */
const IMPROBABLE_SELECTOR = 'hunter-no-such-selector'

interface DkimQuestion {
  domain: Domain
  /** Selectors to query first. */
  implied: readonly string[]
  until: AbortSignal
}

interface Look {
  selector: string
  txt: Answer<string>
  cname: Answer<string>
}

/**
 * Returns `absent` only when `_domainkey` does not exist, because then nothing exists below it (RFC 8020). Otherwise a
 * key may be at a selector that Hunter did not ask for.
 */
export async function readDkim(dns: Dns, { domain, implied, until }: DkimQuestion): Promise<Evidence<Dkim>> {
  const selectors = [...new Set([...implied, ...COMMON_SELECTORS])]
  const [branch, wildcard, ...looks] = await Promise.all([
    dns.txt(`_domainkey.${domain}`, until),
    lookAt(dns, { domain, selector: IMPROBABLE_SELECTOR, until }),
    ...selectors.map((selector) => lookAt(dns, { domain, selector, until })),
  ])
  const found = looks.filter((look) => (isKey(look) || isCname(look)) && !isSame(look, wildcard))
  // Without these answers a key cannot be told from a wildcard.
  const doubt = wildcard.txt.rcode === 'NXDOMAIN' ? undefined : findFailure(wildcard)
  if (found.length > 0 && doubt) return judgeAbsence(doubt, [])
  if (found.length > 0) return buildDkim(domain, found, looks)
  if (branch.rcode === 'NXDOMAIN') return judgeAbsence(branch, [])
  const failed = isFailure(branch) ? branch : looks.map(findFailure).find((answer) => answer !== undefined)
  if (failed) return judgeAbsence(failed, [])
  return createUnproven(branch, [`_domainkey.${domain} ${branch.rcode}`, `no key at ${selectors.join(', ')}`])
}

/** Keeps a CNAME even when its target holds no key, because it names the provider. */
async function lookAt(
  dns: Dns,
  { domain, selector, until }: { domain: Domain; selector: string; until: AbortSignal },
): Promise<Look> {
  const name = buildName(domain, selector)
  const [txt, early] = await Promise.all([
    dns.txt(name, until),
    MAY_POINT_AHEAD.test(selector) ? dns.cname(name, until) : null,
  ])
  // Other selectors are worth a CNAME question only when a TXT record is there.
  const cname = early ?? (txt.records.length > 0 ? await dns.cname(name, until) : { ...txt, records: [] })
  return { selector, txt, cname }
}

/** Microsoft's customers publish the CNAMEs before the key behind them exists. */
const MAY_POINT_AHEAD = new RegExp(`^(?:selector[12]|${IMPROBABLE_SELECTOR})$`)

function buildDkim(domain: Domain, found: Look[], looks: Look[]): Evidence<Dkim> {
  const [first] = found
  if (!first) throw new Error('no key was found')
  const records = found.flatMap(({ selector, txt, cname }) => [
    ...cname.records.map((target) => `${buildName(domain, selector)} CNAME ${target}.`),
    ...txt.records.filter(isKeyRecord).map((record) => `${buildName(domain, selector)} TXT ${record}`),
  ])
  const targets = found.flatMap(({ selector, cname }): DkimTarget[] => {
    const target = cname.records[0]
    return target === undefined ? [] : [{ selector, target }]
  })
  const selectors = found.filter(isKey).map(({ selector }) => selector)
  const open = looks.filter((look) => findFailure(look) !== undefined)
  const unanswered = open.map(({ selector }) => buildName(domain, selector))
  return createPresent(first.txt, records, { selectors, targets, unanswered })
}

/** Returns the failed answer of a selector, if any. */
function findFailure({ txt, cname }: Look): Answer<string> | undefined {
  return [txt, cname].find(isFailure)
}

function isFailure(answer: Answer<string>): boolean {
  return isUnanswered(judgeAbsence(answer, []))
}

function buildName(domain: Domain, selector: string): string {
  return `${selector}._domainkey.${domain}`
}

function isKey({ txt }: Look): boolean {
  return txt.records.some(isKeyRecord)
}

/** A key is in `p`; an empty `p` is a revoked key (RFC 6376 section 3.6.1). `v` is optional. */
function isKeyRecord(record: string): boolean {
  const tags = record.split(';').map((tag) => tag.trim())
  const version = tags.find((tag) => /^v\s*=/.test(tag))
  if (version !== undefined && !/^v\s*=\s*DKIM1$/.test(version)) return false
  return tags.some((tag) => /^p\s*=\s*[A-Za-z0-9+/]/.test(tag))
}

function isCname({ cname }: Look): boolean {
  return cname.records.length > 0
}

/** True when a wildcard gives the same answer to any selector. A failed answer on either side counts as equal. */
function isSame(look: Look, wildcard: Look): boolean {
  if (!isKey(wildcard) && !isCname(wildcard)) return false
  return isAlike(look.txt, wildcard.txt) && isAlike(look.cname, wildcard.cname)
}

function isAlike(one: Answer<string>, other: Answer<string>): boolean {
  if (isFailure(one) || isFailure(other)) return true
  return JSON.stringify(one.records.toSorted()) === JSON.stringify(other.records.toSorted())
}
