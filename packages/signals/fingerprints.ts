/**
 * How providers show themselves in the DNS: data, one line a provider, each with where it is known from. Names match
 * whole labels from the right, and the longest name that matches wins.
 */
import type { MailboxKind } from '#signals/provider'

/**
 * `snapshot`: counted in mxmap's public DNS snapshot of 40,189 public-body domains (July 2026). `vendor`: the vendor's
 * own instructions. `zone`: zone records quoted in public repositories. `list`: other public fingerprint lists.
 * `common`: general knowledge, not checked.
 */
export type FingerprintSource = 'snapshot' | 'vendor' | 'zone' | 'list' | 'common'

export interface Fingerprint {
  id: string
  name: string
  role: 'mailbox' | 'filter' | 'forwarder'
  /** For mailboxes. */
  kind?: MailboxKind
  /** Suffixes of MX hosts. */
  mx: string[]
  /** Suffixes of names that SPF includes or redirects to. */
  spf: string[]
  source: FingerprintSource
}

/** An administrator's own fingerprint; it goes before those below when both match. */
export interface ProviderOverride {
  /** Matches whole labels from the right, in lower case. */
  suffix: string
  signal: 'mx' | 'spf' | 'ns'
  /** `id` of a fingerprint; any other is ignored. */
  providerId: string
}

export const NO_OVERRIDES: readonly ProviderOverride[] = []

/** How much each sight convinces alone, 0 to 1. Judgement, not measurement: calibrate before relying on it. */
export const VOTE_WEIGHTS = {
  mxPrimary: 0.9,
  /** A host of another preference than the lowest. */
  mxBackup: 0.35,
  /** A host below the domain itself says only that someone filters or runs the mail under that name. */
  mxOwnName: 0.3,
  /** May send for the domain: weak alone, telling when the MX shows a gateway. */
  spf: 0.5,
  nullMx: 1,
  noMx: 0.9,
} as const

type Line = Pick<Fingerprint, 'mx'> & Partial<Pick<Fingerprint, 'spf'>>

const entry =
  (role: Fingerprint['role'], kind?: MailboxKind) =>
  (id: string, name: string, source: FingerprintSource, { mx, spf = [] }: Line): Fingerprint => ({
    id,
    name,
    role,
    ...(kind && { kind }),
    mx,
    spf,
    source,
  })

const microsoft = entry('mailbox', 'microsoft-365')
const google = entry('mailbox', 'google')
const mailbox = entry('mailbox', 'mailbox')
const hosting = entry('mailbox', 'hosting')
const consumer = entry('mailbox', 'consumer')
const publicSector = entry('mailbox', 'public-sector')
const filter = entry('filter')
const forwarder = entry('forwarder')

export const FINGERPRINTS: readonly Fingerprint[] = [
  microsoft('microsoft-365', 'Microsoft 365', 'snapshot', {
    mx: ['mail.protection.outlook.com', 'mx.microsoft'],
    spf: ['spf.protection.outlook.com'],
  }),
  google('google-workspace', 'Google Workspace', 'snapshot', {
    mx: ['google.com', 'googlemail.com'],
    spf: ['_spf.google.com'],
  }),

  consumer('outlook-consumer', 'Outlook.com', 'list', { mx: ['olc.protection.outlook.com'] }),
  consumer('gmail-consumer', 'Gmail', 'list', { mx: ['gmail-smtp-in.l.google.com'] }),

  mailbox('yandex', 'Yandex 360', 'vendor', {
    mx: ['mx.yandex.net', 'mx.yandex.ru'],
    spf: ['_spf.yandex.net', '_spf.yandex.ru'],
  }),
  mailbox('zoho', 'Zoho Mail', 'snapshot', {
    mx: ['zoho.com', 'zoho.eu', 'zoho.in', 'zohomail.com', 'zohomail.eu'],
    spf: ['zoho.com', 'zoho.eu', 'zohomail.com', 'zohomail.eu', 'zohocloud.ca'],
  }),
  mailbox('icloud', 'iCloud Mail', 'snapshot', { mx: ['mail.icloud.com'], spf: ['icloud.com'] }),
  mailbox('proton', 'Proton Mail', 'snapshot', { mx: ['protonmail.ch'], spf: ['_spf.protonmail.ch'] }),
  mailbox('fastmail', 'Fastmail', 'snapshot', { mx: ['messagingengine.com'], spf: ['spf.messagingengine.com'] }),
  mailbox('rackspace', 'Rackspace Email', 'snapshot', { mx: ['emailsrvr.com'], spf: ['emailsrvr.com'] }),
  mailbox('titan', 'Titan', 'snapshot', { mx: ['titan.email'], spf: ['spf.titan.email'] }),
  mailbox('migadu', 'Migadu', 'list', { mx: ['migadu.com'], spf: ['spf.migadu.com'] }),
  mailbox('mail-ru', 'VK WorkMail', 'snapshot', { mx: ['mail.ru'], spf: ['_spf.mail.ru'] }),
  mailbox('alibaba', 'Alibaba Mail', 'snapshot', { mx: ['mxhichina.com'], spf: ['spf.mxhichina.com'] }),
  mailbox('tencent', 'Tencent Exmail', 'list', { mx: ['qq.com'], spf: ['spf.mail.qq.com'] }),
  mailbox('mxroute', 'MXroute', 'zone', { mx: ['mxrouting.net', 'mxroute.com'], spf: ['mxroute.com'] }),
  mailbox('infomaniak', 'Infomaniak', 'common', { mx: ['infomaniak.ch'], spf: ['spf.infomaniak.ch'] }),
  mailbox('amazon-workmail', 'Amazon WorkMail', 'list', { mx: ['awsapps.com'] }),
  mailbox('yaani', 'Yaani Mail (Turkcell)', 'list', { mx: ['yaanimail.com'] }),
  mailbox('turk-telekom', 'Türk Telekom E-Posta', 'list', { mx: ['turktelekomeposta.com'] }),
  publicSector('muhtar', 'Muhtar E-Posta', 'snapshot', { mx: ['posta.muhtar.gov.tr'] }),

  hosting('natro', 'Natro', 'zone', {
    mx: ['kurumsaleposta.com', 'natrohost.com'],
    spf: ['natrohost.com'],
  }),
  hosting('turhost', 'Turhost', 'zone', { mx: [], spf: ['trwww.com', '_spf.turhost.com'] }),
  hosting('turkticaret', 'Türkticaret.net', 'zone', { mx: ['mx.turkticaret.net'] }),
  hosting('veridyen', 'Veridyen', 'zone', { mx: ['veridyen.com'], spf: ['_spf.protection.veridyen.com'] }),
  hosting('vargonen', 'Vargonen', 'list', { mx: ['vargonen.net'] }),
  hosting('godaddy', 'GoDaddy', 'snapshot', { mx: ['secureserver.net'], spf: ['secureserver.net'] }),
  hosting('hostinger', 'Hostinger', 'snapshot', { mx: ['hostinger.com'], spf: ['_spf.mail.hostinger.com'] }),
  hosting('ovh', 'OVHcloud', 'snapshot', { mx: ['ovh.net'], spf: ['mx.ovh.com'] }),
  hosting('ionos', 'IONOS', 'snapshot', {
    mx: ['ionos.de', 'ionos.com', 'kundenserver.de'],
    spf: ['_spf.kundenserver.de', '_spf-eu.ionos.com', '_spf-us.ionos.com'],
  }),
  hosting('all-inkl', 'ALL-INKL', 'snapshot', { mx: ['kasserver.com'], spf: ['spf.kasserver.com'] }),
  hosting('one-com', 'one.com', 'snapshot', { mx: ['one.com'], spf: ['_custspf.one.com'] }),
  hosting('namecheap', 'Namecheap Private Email', 'list', { mx: ['privateemail.com'], spf: ['spf.privateemail.com'] }),
  hosting('gandi', 'Gandi', 'list', { mx: ['mail.gandi.net'], spf: ['_mailcust.gandi.net'] }),

  filter('proofpoint', 'Proofpoint', 'snapshot', { mx: ['pphosted.com', 'ppe-hosted.com'] }),
  filter('mimecast', 'Mimecast', 'snapshot', { mx: ['mimecast.com'] }),
  filter('barracuda', 'Barracuda', 'snapshot', { mx: ['barracudanetworks.com'] }),
  filter('cisco', 'Cisco Secure Email', 'snapshot', { mx: ['iphmx.com'] }),
  filter('trend-micro', 'Trend Micro', 'snapshot', { mx: ['trendmicro.eu', 'trendmicro.com'] }),
  filter('hornetsecurity', 'Hornetsecurity', 'snapshot', {
    mx: ['hornetsecurity.com', 'hornetsecurity.ch', 'antispameurope.com'],
  }),
  filter('fortimail', 'FortiMail Cloud', 'snapshot', { mx: ['fortimailcloud.com'] }),
  filter('sophos', 'Sophos Email', 'snapshot', { mx: ['sophos.com'] }),
  filter('symantec', 'Symantec Email Security', 'snapshot', { mx: ['messagelabs.com'] }),
  filter('forcepoint', 'Forcepoint', 'snapshot', { mx: ['mailcontrol.com'] }),
  filter('spamexperts', 'SpamExperts', 'snapshot', {
    mx: ['spamexperts.com', 'antispamcloud.com', 'mailspamprotection.com'],
  }),
  filter('vade', 'Vade', 'list', { mx: ['vadesecure.com'] }),
  filter('seppmail', 'SEPPmail', 'snapshot', { mx: ['seppmail.cloud'] }),
  filter('nospamproxy', 'NoSpamProxy', 'snapshot', { mx: ['nospamproxy.com'] }),
  filter('expurgate', 'eXpurgate', 'snapshot', { mx: ['expurgate.net'] }),
  filter('trellix', 'Trellix (FireEye)', 'snapshot', { mx: ['fireeyecloud.com'] }),
  filter('libraesva', 'Libraesva', 'snapshot', { mx: ['esvacloud.com'] }),
  filter('uzman-posta', 'Uzman Posta', 'common', { mx: ['uzmanposta.com'] }),

  forwarder('cloudflare', 'Cloudflare Email Routing', 'snapshot', { mx: ['mx.cloudflare.net'] }),
  forwarder('improvmx', 'ImprovMX', 'snapshot', { mx: ['improvmx.com'] }),
  forwarder('forward-email', 'Forward Email', 'list', { mx: ['forwardemail.net'] }),
]

export interface Match {
  fingerprint: Fingerprint
  suffix: string
}

export type SuffixSignal = ProviderOverride['signal']

/** Finds whose name it is: the overrides' longest suffix first, then the fingerprints'. */
export type Matcher = (signal: SuffixSignal, name: string) => Match | null

export function matcherOf(overrides: readonly ProviderOverride[]): Matcher {
  if (overrides.length === 0) return matchBuiltIn
  const own = indexOverrides(overrides)
  return (signal, name) => longestSuffix(own[signal], name) ?? matchBuiltIn(signal, name)
}

type Index = ReadonlyMap<string, Fingerprint>

const BUILT_IN: Record<SuffixSignal, Index> = {
  mx: indexBy(({ mx }) => mx),
  spf: indexBy(({ spf }) => spf),
  ns: new Map(),
}

function matchBuiltIn(signal: SuffixSignal, name: string): Match | null {
  return longestSuffix(BUILT_IN[signal], name)
}

function indexBy(suffixesOf: (fingerprint: Fingerprint) => string[]): Index {
  return new Map(FINGERPRINTS.flatMap((each) => suffixesOf(each).map((suffix) => [suffix, each] as const)))
}

function indexOverrides(overrides: readonly ProviderOverride[]): Record<SuffixSignal, Index> {
  const byId = new Map(FINGERPRINTS.map((each) => [each.id, each]))
  const index = {
    mx: new Map<string, Fingerprint>(),
    spf: new Map<string, Fingerprint>(),
    ns: new Map<string, Fingerprint>(),
  }
  for (const { suffix, signal, providerId } of overrides) {
    const fingerprint = byId.get(providerId)
    if (fingerprint) index[signal].set(suffix, fingerprint)
  }
  return index
}

function longestSuffix(index: Index, name: string): Match | null {
  for (let suffix = name; suffix;) {
    const fingerprint = index.get(suffix)
    if (fingerprint) return { fingerprint, suffix }
    const dot = suffix.indexOf('.')
    suffix = dot < 0 ? '' : suffix.slice(dot + 1)
  }
  return null
}
