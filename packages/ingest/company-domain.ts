/** Decides which company a row of a list means. */
import { explainOtherOwner, isOtherOwner } from '#ingest/other-owners'
import { AppError } from '#platform/errors'
import { type Domain, normaliseDomain } from '#signals/normalise'

export type Verdict = { domain: Domain } | { reason: string }

const NO_NAME = 'not a domain: it contains no domain'
const SEVERAL = 'not a domain: it contains more than one name'
/** `bir.com / iki.com` and `bir.com/www.iki.com.tr`: normaliseDomain would take the second name for a path. */
const SECOND_NAME = /\s*[\\/]\s*(?:www\.)?([\p{L}\p{N}-]+\.(?:com|net|org|tr)(?:\.[a-z]{2})?)\/?\s*$/iu
/** No name of a host has these. */
const BETWEEN_NAMES = /[^\p{L}\p{M}\p{N}.@-]+/u

/**
 * Takes the domain, or the e-mail address when the domain's cell names nothing (`yok`, `-`) or a page at another company
 * (`instagram.com/x`). A cell that names something else, such as two domains, refuses the row. Pure.
 */
export function judgeCells(website: string, email: string): Verdict {
  const first = judgeWebsite(website)
  if ('domain' in first || !mayFallBack(website, first)) return first
  const second = judgeEmail(email)
  if ('domain' in second) return second
  const reasons = [first.reason, second.reason].filter((reason) => reason !== NO_NAME)
  return { reason: [...new Set(reasons)].join('; ') || NO_NAME }
}

/** True when the cell names nothing, or a service that is not the company's own. */
function mayFallBack(text: string, { reason }: { reason: string }): boolean {
  return !text.includes('.') || isOtherOwner(reason)
}

function judgeWebsite(text: string): Verdict {
  const verdict = readName(text)
  if ('reason' in verdict) return judgeNames(text) ?? verdict
  const rest = text.trim().replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
  const second = SECOND_NAME.exec(rest)?.[1]
  if (second !== undefined && !rest.includes('@')) {
    const other = readName(second)
    if ('domain' in other && other.domain !== verdict.domain) return { reason: SEVERAL }
  }
  return refuseOthers(verdict, text)
}

/** `bir.com.tr, www.bir.com.tr` are two names of one domain. Returns undefined where fewer than two names are found. */
function judgeNames(text: string): Verdict | undefined {
  const names = text.split(BETWEEN_NAMES).filter((name) => name.includes('.'))
  const verdicts = names.map((name) => refuseOthers(readName(name), name))
  const domains = new Set(verdicts.flatMap((verdict) => ('domain' in verdict ? [verdict.domain] : [])))
  if (domains.size > 1) return { reason: SEVERAL }
  return verdicts.length > 1 && verdicts.every((verdict) => 'domain' in verdict) ? verdicts[0] : undefined
}

/** Returns the domain of the first e-mail address that names one, a mail provider's included. */
export function findEmailDomain(text: string): Domain | null {
  for (const part of splitAddresses(text)) {
    const read = readName(part)
    if ('domain' in read) return read.domain
  }
  return null
}

/** `Ali Öz <ali@firma.com.tr>` has one. */
function splitAddresses(text: string): string[] {
  return text.split(/[\s;,|<>]+|\s\/\s/).filter((part) => part.includes('@'))
}

/** People write several addresses into one cell; they may belong to one company. */
function judgeEmail(text: string): Verdict {
  const parts = splitAddresses(text)
  const isBare = parts.length === 1 && !text.includes('<')
  if (isBare || parts.length === 0) return refuseOthers(readName(text), text)
  const verdicts = parts.map((part) => refuseOthers(readName(part), part))
  const domains = [...new Set(verdicts.flatMap((each) => ('domain' in each ? [each.domain] : [])))]
  const [domain] = domains
  if (domain === undefined) return verdicts[0] as Verdict
  return domains.length === 1 ? { domain } : { reason: SEVERAL }
}

function refuseOthers(verdict: Verdict, text: string): Verdict {
  const reason = 'domain' in verdict ? explainOtherOwner(verdict.domain, text) : undefined
  return reason === undefined ? verdict : { reason }
}

function readName(text: string): Verdict {
  try {
    return { domain: normaliseDomain(text) }
  } catch (thrown) {
    if (thrown instanceof AppError) return { reason: thrown.message }
    throw thrown
  }
}
