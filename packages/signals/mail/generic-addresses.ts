/** Addresses that companies commonly have, by their use. The list is general knowledge: it says nothing about one company. */
import type { Domain } from '#signals/normalise'

export const ADDRESS_USES = [
  'general',
  'sales',
  'support',
  'accounting',
  'human-resources',
  'purchasing',
  'marketing',
  'management',
  'privacy',
  'technical',
] as const
export type AddressUse = (typeof ADDRESS_USES)[number]

export const ADDRESS_LANGUAGES = ['tr', 'en'] as const
type AddressLanguage = (typeof ADDRESS_LANGUAGES)[number]

/** `info` is used in both languages and listed once. */
const LOCAL_PARTS: Record<AddressLanguage, Record<AddressUse, readonly string[]>> = {
  tr: {
    general: ['info', 'bilgi', 'iletisim'],
    sales: ['satis'],
    support: ['destek', 'musterihizmetleri'],
    accounting: ['muhasebe', 'finans'],
    'human-resources': ['ik', 'insankaynaklari', 'kariyer'],
    purchasing: ['satinalma'],
    marketing: ['pazarlama'],
    management: ['yonetim'],
    privacy: ['kvkk'],
    technical: ['bilgiislem', 'teknik'],
  },
  en: {
    general: ['info', 'contact', 'hello', 'office'],
    sales: ['sales'],
    support: ['support', 'help'],
    accounting: ['accounting', 'billing', 'finance'],
    'human-resources': ['hr', 'jobs', 'careers'],
    purchasing: ['purchasing'],
    marketing: ['marketing'],
    management: ['management'],
    privacy: ['privacy'],
    technical: ['it', 'webmaster'],
  },
}

/** Mailboxes that run a service (RFC 2142, and custom): no seller or buyer reads them. */
const SERVICE_PARTS = 'abuse admin administrator hostmaster mailer-daemon noc no-reply noreply postmaster root security'

const USES = new Map<string, AddressUse | 'service'>([
  ...ADDRESS_LANGUAGES.flatMap((language) =>
    ADDRESS_USES.flatMap((use) => LOCAL_PARTS[language][use].map((local): [string, AddressUse] => [local, use])),
  ),
  ...SERVICE_PARTS.split(' ').map((local): [string, 'service'] => [local, 'service']),
])

interface GenericAddress {
  address: string
  use: AddressUse
  language: AddressLanguage
}

/** RFC 5321 section 4.5.3.1.3: a path has 256 octets, two of which are its angle brackets. */
export const ADDRESS_OCTETS_MAX = 254

/** Lists the guesses in the order of the languages; an address that would be too long is left out. */
export function listGenericAddresses(domain: Domain, languages: readonly AddressLanguage[]): GenericAddress[] {
  const all = languages.flatMap((language) =>
    ADDRESS_USES.flatMap((use) =>
      LOCAL_PARTS[language][use].map((local) => ({ address: `${local}@${domain}`, use, language })),
    ),
  )
  const first = new Map(all.toReversed().map((guess) => [guess.address, guess]))
  return all.filter((guess) => first.get(guess.address) === guess && guess.address.length <= ADDRESS_OCTETS_MAX)
}

/** Returns what a role address is for, and null for a local part that may be a person's. */
export function findAddressUse(local: string): AddressUse | 'service' | null {
  const plain = local.toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '').replaceAll('ı', 'i')
  return USES.get(plain) ?? null
}
