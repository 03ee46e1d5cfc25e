/**
 * Reads a referral of Partner Center as the company behind it. Pure. Names, e-mail addresses, phone numbers and notes do
 * not leave this file: the domain is all that Hunter needs of them.
 */
import * as z from 'zod/mini'
import type { DOMAIN_MISSING } from '#db/tables'
import { explainOtherOwner } from '#ingest/other-owners'
import type { ReferralKind } from '#leads/score/score'
import { AppError } from '#platform/errors'
import { type Domain, normaliseMailHost } from '#signals/normalise'

export interface Referral {
  id: string
  engagementId: string | null
  eTag: string | null
  /** UTC with seven digits of a second, which `Date` would drop; two of them compare as text. */
  updatedAt: string
  kind: ReferralKind
  type: string | null
  qualification: string | null
  status: string | null
  substatus: string | null
  companyName: string | null
  domain: Domain | null
  /** Why there is no domain; null where there is one. */
  domainMissing: DomainMissing | null
  tenantId: string | null
  isClosed: boolean
}

type DomainMissing = (typeof DOMAIN_MISSING)[number]

/** Microsoft adds values and fields, and documents `null`, a missing field and an empty text alike. */
const text = z.catch(z.nullish(z.string()), null)
const invitation = z.object({ invitedBy: z.catch(z.nullish(z.object({ organizationId: text })), null) })
const member = z.catch(z.object({ email: text }), { email: null })
const profile = z.object({ name: text, team: z.catch(z.nullish(z.array(member)), null), ids: z.optional(z.unknown()) })

const referralSchema = z.object({
  id: z.string().check(z.regex(/^[\x21-\x7e]{1,200}$/)),
  updatedDateTime: z.string().check(z.maxLength(40)),
  engagementId: text,
  organizationId: text,
  eTag: text,
  type: text,
  qualification: text,
  status: text,
  substatus: text,
  inviteContext: z.catch(z.nullish(invitation), null),
  consent: z.catch(z.nullish(z.object({ consentToContact: z.unknown() })), null),
  customerProfile: z.catch(z.nullish(profile), null),
})
type Raw = z.infer<typeof referralSchema>

/**
 * `ownDomains` are the partner's own: its sellers are often in the customer's team. A customer who does not want to be
 * contacted becomes no lead. Returns null without an id or a time.
 */
export function readReferral(raw: unknown, ownDomains: ReadonlySet<string>): Referral | null {
  const { data } = z.safeParse(referralSchema, raw)
  const updatedAt = data && alignTime(data.updatedDateTime)
  if (!data || !updatedAt) return null
  const { id } = data
  const isRefused = data.consent?.consentToContact === false
  const found = isRefused
    ? { missing: 'no-consent' as const }
    : findDomain(data.customerProfile?.team ?? [], ownDomains)
  return {
    id,
    engagementId: trimText(data.engagementId),
    eTag: trimText(data.eTag),
    updatedAt,
    kind: chooseKind(data),
    type: trimText(data.type),
    qualification: trimText(data.qualification),
    status: trimText(data.status),
    substatus: trimText(data.substatus),
    companyName: isRefused ? null : trimText(data.customerProfile?.name),
    ...('domain' in found ? { ...found, domainMissing: null } : { domain: null, domainMissing: found.missing }),
    tenantId: isRefused ? null : findTenant(data),
    isClosed: data.status?.trim().toLowerCase() === 'closed',
  }
}

function trimText(value: string | null | undefined): string | null {
  return value?.trim().slice(0, 300) || null
}

const MICROSOFT = 'msft'

/** Type, qualification and inviter decide; Microsoft advises against `referralSource` and `callToAction`. */
function chooseKind({ type, qualification, inviteContext }: Raw): ReferralKind {
  const of = (value: string | null | undefined) => value?.trim().toLowerCase() || null
  const inviter = of(inviteContext?.invitedBy?.organizationId)
  const isPartners = inviter !== null && inviter !== MICROSOFT
  const quality = of(qualification)
  const isIndependent = of(type) === 'independent'
  if (isPartners && (isIndependent || of(type) === 'shared') && (quality === 'salesqualified' || quality === 'none'))
    return 'co-sell'
  if (!isIndependent || isPartners) return 'other'
  if (quality === 'direct') return 'marketplace'
  const isQualified = quality === 'salesqualified' || quality === 'marketingqualified'
  return isQualified && inviter === MICROSOFT ? 'solution-provider' : 'other'
}

/** Takes the domain of most addresses. The name never stands in for it: it would give another company's score. */
function findDomain(
  team: { email?: string | null | undefined }[],
  own: ReadonlySet<string>,
): { domain: Domain } | { missing: DomainMissing } {
  const emails = new Set(team.flatMap(({ email }) => trimText(email)?.toLowerCase() ?? []))
  const domains = [...emails].flatMap((email) => readAddress(email) ?? [])
  if (domains.length === 0) return { missing: 'no-address' }
  const counts = new Map<Domain, number>()
  for (const domain of domains) {
    if (!isOther(domain, own)) counts.set(domain, (counts.get(domain) ?? 0) + 1)
  }
  const [first, second] = [...counts].sort(([, a], [, b]) => b - a)
  if (!first) return { missing: 'no-company-address' }
  return second?.[1] === first[1] ? { missing: 'several-companies' } : { domain: first[0] }
}

function readAddress(email: string): Domain | null {
  const at = email.lastIndexOf('@')
  if (at < 1) return null
  try {
    return normaliseMailHost(email.slice(at + 1)).domain
  } catch (thrown) {
    if (thrown instanceof AppError) return null
    throw thrown
  }
}

/** `firma.onmicrosoft.com` proves no domain of the company: the name before it is free to choose. */
const MICROSOFTS = /(?:^|\.)(?:microsoft\.com|onmicrosoft\.com)$/

function isOther(domain: Domain, own: ReadonlySet<string>): boolean {
  return own.has(domain) || MICROSOFTS.test(domain) || explainOtherOwner(domain, domain) !== undefined
}

const GUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/
const NO_GUID = /^[0-]+$/

/**
 * No field is documented to hold the tenant. A GUID among the customer's ids is one, unless it is a partner's own id or
 * there are several. The samples show `ids` as an object and as a list.
 */
function findTenant({ customerProfile, organizationId, inviteContext }: Raw): string | null {
  const partners = [organizationId, inviteContext?.invitedBy?.organizationId].map((id) => id?.trim().toLowerCase())
  const ids = new Set(listTexts(customerProfile?.ids).map((id) => id.trim().toLowerCase()))
  const found = [...ids].filter((id) => GUID.test(id) && !NO_GUID.test(id) && !partners.includes(id))
  return found.length === 1 ? found[0]! : null
}

/** Two levels are all that the samples have; a hostile depth ends there. */
function listTexts(value: unknown, levels = 2): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null || levels === 0) return []
  return Object.values(value).flatMap((each) => listTexts(each, levels - 1))
}

const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,7})\d*)?(Z|[+-]\d\d:\d\d)$/i

/** Pads the fraction and moves to UTC, so that later times are greater texts. Null for what is no time. */
function alignTime(value: string): string | null {
  const [, seconds = '', fraction = '', zone = ''] = TIME.exec(value.trim()) ?? []
  const date = new Date(`${seconds}${zone}`.toUpperCase())
  if (Number.isNaN(date.getTime())) return null
  const year = date.getUTCFullYear()
  if (year < 1 || year > 9_999) return null
  return `${date.toISOString().slice(0, 19)}.${fraction.padEnd(7, '0')}Z`
}

type Version = Pick<Referral, 'updatedAt' | 'eTag' | 'domain'>

/** True when `one` replaces `other`, which is the same referral read earlier. */
export function isNewer(one: Version, other: Version): boolean {
  if (one.updatedAt !== other.updatedAt) return one.updatedAt > other.updatedAt
  return one.eTag !== other.eTag || one.domain !== other.domain // other own domains find another company
}
