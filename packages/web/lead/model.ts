import type { ClientOperations, DataOf } from '#client/operations'

export type Lead = DataOf<ClientOperations['get /leads/{domain}']>
export type Line = Lead['breakdown'][number]
export type SignalKey = keyof Lead['signals']
export type Fix = DataOf<ClientOperations['get /leads/{domain}/fixes']>['fixes'][number]

export const SIGN_OF_STATE = { present: 'good', absent: 'bad', unknown: 'none' } as const

/** `provider.google` → provider */
export function getGroup(rule: string): string {
  return rule.slice(0, rule.indexOf('.'))
}

const SIGNALS_OF_GROUP: Readonly<Record<string, readonly SignalKey[]>> = {
  provider: ['mx', 'autodiscover'],
  spf: ['spf'],
  dkim: ['dkim'],
  dmarc: ['dmarc'],
  registration: ['registration'],
}

export function listSignals(rule: string): readonly SignalKey[] {
  return SIGNALS_OF_GROUP[getGroup(rule)] ?? []
}

/** Type and name of the question that a signal answers; where it asks several, the first. */
const QUESTIONS: Readonly<Partial<Record<SignalKey, readonly [type: string, label: string]>>> = {
  mx: ['MX', ''],
  spf: ['TXT', ''],
  dmarc: ['TXT', '_dmarc.'],
  ns: ['NS', ''],
  a: ['A', ''],
  aaaa: ['AAAA', ''],
  autodiscover: ['CNAME', 'autodiscover.'],
  autodiscover_srv: ['SRV', '_autodiscover._tcp.'],
  lyncdiscover: ['CNAME', 'lyncdiscover.'],
  sip: ['CNAME', 'sip.'],
  sip_federation: ['SRV', '_sipfederationtls._tcp.'],
  enterprise_registration: ['CNAME', 'enterpriseregistration.'],
  enterprise_enrollment: ['CNAME', 'enterpriseenrollment.'],
  msoid: ['CNAME', 'msoid.'],
  mta_sts: ['TXT', '_mta-sts.'],
  tls_rpt: ['TXT', '_smtp._tls.'],
  bimi: ['TXT', 'default._bimi.'],
  tokens: ['TXT', ''],
}
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f:]+:[\da-f:]*)$/

/** The commands that ask the same; no resolver of this machine, because the reader has another. */
export function writeCommands({ domain, signals }: Lead, key: SignalKey): string[] {
  if (key === 'registration') return [`whois ${domain}`]
  const { resolver } = signals[key]
  const at = resolver !== null && ADDRESS.test(resolver) && !resolver.startsWith('127.') ? `@${resolver} ` : ''
  const dig = (type: string, name: string) => `dig ${at}${name} ${type} +noall +comments +answer`
  if (key === 'dkim') {
    const { dkim } = signals
    const { selectors } =
      dkim.state === 'present' ? (dkim.value as { selectors: string[] }) : { selectors: ['selector1', 'google'] }
    return selectors.map((selector) => dig('TXT', `${selector}._domainkey.${domain}`))
  }
  const question = QUESTIONS[key]
  return question ? [dig(question[0], question[1] + domain)] : []
}

/** A record as a line of a zone file; a text longer than 255 bytes is several strings there. */
export function writeZoneLine({ host, type, value, ttl_seconds: ttl }: ZoneRecord): string {
  const parts = value.match(/.{1,250}/gs) ?? ['']
  const strings = parts.map((part) => `"${part.replace(/(["\\])/g, '\\$1')}"`).join(' ')
  return `${host}. ${ttl === undefined ? '' : `${ttl} `}IN ${type} ${strings}`
}

interface ZoneRecord {
  host: string
  type: string
  value: string
  ttl_seconds?: number
}
