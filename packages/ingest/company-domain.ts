/** Decides which company a row of a list means. */
import { AppError } from '#platform/errors'
import { isMailProvider } from '#signals/mail/mail-domains'
import { type Domain, normaliseDomain } from '#signals/normalise'

export type Verdict = { domain: Domain } | { reason: string }

/** Companies write their page at one of these where a list asks for their website. */
const SOCIAL = new Set(
  `instagram.com facebook.com fb.com fb.me fb.watch m.me twitter.com x.com linkedin.com youtube.com youtu.be tiktok.com
  pinterest.com threads.net threads.com snapchat.com tumblr.com vk.com ok.ru vimeo.com medium.com reddit.com discord.gg
  discord.com twitch.tv behance.net dribbble.com foursquare.com wa.me whatsapp.com t.me telegram.me telegram.org`
    .split(/\s+/)
    .filter(Boolean),
)
const SHORTENERS = new Set(
  `linktr.ee bit.ly bitly.com t.co goo.gl g.co g.page tinyurl.com ow.ly is.gd v.gd cutt.ly rebrand.ly rb.gy shorturl.at
  lnkd.in buff.ly bio.link lnk.bio beacons.ai taplink.cc taplink.ws taplink.at campsite.bio msha.ke flow.page linkin.bio
  solo.to heylink.me linkfly.to allmylinks.com s.id t.ly shorte.st adf.ly bl.ink page.link onelink.me`
    .split(/\s+/)
    .filter(Boolean),
)

const NO_COMPANY = 'not a company:'
const NO_NAME = 'not a domain: it contains no domain'
const SEVERAL = 'not a domain: it contains more than one name'
/** `bir.com / iki.com` and `bir.com/www.iki.com.tr`: normaliseDomain would take the second name for a path. */
const SECOND_NAME = /\s*\/\s*(?:www\.)?([\p{L}\p{N}-]+\.(?:com|net|org|tr)(?:\.[a-z]{2})?)\/?\s*$/iu

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
  return !text.includes('.') || reason.startsWith(NO_COMPANY)
}

function judgeWebsite(text: string): Verdict {
  const verdict = readName(text)
  if ('reason' in verdict) return verdict
  const rest = text.trim().replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')
  const second = SECOND_NAME.exec(rest)?.[1]
  if (second !== undefined && !rest.includes('@')) {
    const other = readName(second)
    if ('domain' in other && other.domain !== verdict.domain) return { reason: SEVERAL }
  }
  return refuseOthers(verdict)
}

/** Returns the domain of the first e-mail address that names one, a mail provider's included. */
export function findEmailDomain(text: string): Domain | null {
  for (const part of splitAddresses(text)) {
    const read = readName(part)
    if ('domain' in read) return read.domain
  }
  return null
}

function splitAddresses(text: string): string[] {
  return text.split(/[\s;,|]+|\s\/\s/).filter((part) => part.includes('@'))
}

/** People write several addresses into one cell; they may belong to one company. */
function judgeEmail(text: string): Verdict {
  const parts = splitAddresses(text)
  if (parts.length < 2) return refuseOthers(readName(text))
  const verdicts = parts.map((part) => refuseOthers(readName(part)))
  const domains = [...new Set(verdicts.flatMap((each) => ('domain' in each ? [each.domain] : [])))]
  const [domain] = domains
  if (domain === undefined) return verdicts[0] as Verdict
  return domains.length === 1 ? { domain } : { reason: SEVERAL }
}

function refuseOthers(verdict: Verdict): Verdict {
  const owner = 'domain' in verdict ? findOwner(verdict.domain) : undefined
  return owner === undefined ? verdict : { reason: owner }
}

/** Says to which service a domain belongs that is not the company's own; undefined for any other. */
function findOwner(domain: Domain): string | undefined {
  if (SOCIAL.has(domain)) return `${NO_COMPANY} ${domain} is a social network`
  if (SHORTENERS.has(domain)) return `${NO_COMPANY} ${domain} is a link shortener`
  if (isMailProvider(domain)) return `${NO_COMPANY} ${domain} is a mail provider`
  return undefined
}

function readName(text: string): Verdict {
  try {
    return { domain: normaliseDomain(text) }
  } catch (thrown) {
    if (thrown instanceof AppError) return { reason: thrown.message }
    throw thrown
  }
}
