/**
 * Data: how providers show themselves in the DNS, one entry per provider, each with its source. Names match whole
 * labels from the right; the longest match wins.
 */

/** Kinds that the score and the segment distinguish. */
export type MailboxKind =
  | 'microsoft-365'
  | 'google'
  | 'mailbox' // another provider of mailboxes: Yandex, Zoho, …
  | 'hosting'
  | 'own-server'
  | 'consumer'
  | 'public-sector'
  | 'none' // takes no mail
  | 'unknown'

/**
 * Source of a fingerprint. `snapshot`: counted in mxmap's public DNS snapshot of 40,189 public-body domains (July 2026).
 * `vendor`: the vendor's own instructions. `zone`: zone records quoted in public repositories. `list`: other public
 * fingerprint lists. `survey`: a common MX suffix without a fingerprint in three labelled sets of real domains (2026);
 * its owner is general knowledge, and an unknown owner takes the suffix as its name. `common`: general knowledge, not
 * checked.
 */
type FingerprintSource = 'snapshot' | 'vendor' | 'zone' | 'list' | 'survey' | 'common'

export interface Fingerprint {
  id: string
  name: string
  role: 'mailbox' | 'filter' | 'forwarder' | 'sender'
  /** Only for mailboxes. */
  kind?: MailboxKind
  /** Suffixes of MX hosts. */
  mx: readonly string[]
  /** Suffixes of names that SPF includes or redirects to. */
  spf: readonly string[]
  /** Suffixes of the CNAME targets of DKIM selectors. */
  dkim: readonly string[]
  /** DKIM selectors that only this provider's customers have. */
  ownSelectors: readonly string[]
  /** DKIM selectors that its customers share with others: asked for, but no evidence. */
  selectors: readonly string[]
  /** Suffixes of `autodiscover` targets; those of `mx` count as well. */
  autodiscover: readonly string[]
  /** Suffixes of name servers. */
  ns: readonly string[]
  /** Source of all its suffixes except those in `exceptions`. */
  source: FingerprintSource
  exceptions: Readonly<Record<string, FingerprintSource>>
}

/** Verdicts about a mailbox that name no provider. */
export const NO_PROVIDERS = { 'own-server': 'Own server', none: 'No mail', unknown: 'Unknown' } as const

/** An administrator's own fingerprint; it takes precedence over the built-in ones. */
export interface ProviderOverride {
  /** Matches whole labels from the right, in lower case. */
  suffix: string
  signal: 'mx' | 'spf' | 'ns'
  /** `id` of a fingerprint; other values are ignored. */
  providerId: string
}

export const NO_OVERRIDES: readonly ProviderOverride[] = []

type Line = Partial<Omit<Fingerprint, 'id' | 'name' | 'role' | 'kind' | 'source'>>

const entry =
  (role: Fingerprint['role'], kind?: MailboxKind) =>
  (id: string, name: string, source: FingerprintSource, line: Line): Fingerprint => ({
    id,
    name,
    role,
    ...(kind && { kind }),
    mx: [],
    spf: [],
    dkim: [],
    ownSelectors: [],
    selectors: [],
    autodiscover: [],
    ns: [],
    exceptions: {},
    ...line,
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
const sender = entry('sender')

export const FINGERPRINTS: readonly Fingerprint[] = [
  microsoft('microsoft-365', 'Microsoft 365', 'snapshot', {
    mx: ['mail.protection.outlook.com', 'mx.microsoft', 'mail.eo.outlook.com'],
    spf: ['spf.protection.outlook.com'],
    dkim: ['onmicrosoft.com', 'dkim.mail.microsoft'],
    selectors: ['selector1', 'selector2'],
    autodiscover: ['autodiscover.outlook.com'],
    exceptions: { 'mail.eo.outlook.com': 'common', 'dkim.mail.microsoft': 'common' },
  }),
  google('google-workspace', 'Google Workspace', 'snapshot', {
    mx: ['google.com', 'googlemail.com'],
    spf: ['_spf.google.com'],
    ownSelectors: ['google'],
  }),

  consumer('outlook-consumer', 'Outlook.com', 'list', { mx: ['olc.protection.outlook.com'] }),
  consumer('yahoo-consumer', 'Yahoo Mail', 'survey', { mx: ['yahoodns.net'] }),
  consumer('gmail-consumer', 'Gmail', 'list', { mx: ['gmail-smtp-in.l.google.com'] }),

  mailbox('yandex', 'Yandex 360', 'vendor', {
    mx: ['mx.yandex.net', 'mx.yandex.ru'],
    spf: ['_spf.yandex.net', '_spf.yandex.ru'],
    selectors: ['mail'],
    exceptions: { 'mx.yandex.ru': 'common', '_spf.yandex.ru': 'common' },
  }),
  mailbox('zoho', 'Zoho Mail', 'snapshot', {
    mx: ['zoho.com', 'zoho.eu', 'zoho.in', 'zohomail.com', 'zohomail.eu'],
    spf: ['zoho.com', 'zoho.eu', 'zohomail.com', 'zohomail.eu', 'zohocloud.ca'],
    ownSelectors: ['zoho', 'zmail'],
    exceptions: {
      'zoho.in': 'common',
      'zohomail.com': 'list',
      'zohomail.eu': 'common',
      'zohocloud.ca': 'common',
      zoho: 'common',
      zmail: 'common',
    },
  }),
  mailbox('icloud', 'iCloud Mail', 'snapshot', {
    mx: ['mail.icloud.com'],
    spf: ['icloud.com'],
    dkim: ['icloudmailadmin.com'],
    selectors: ['sig1'],
    exceptions: { 'icloud.com': 'common', 'icloudmailadmin.com': 'common', sig1: 'common' },
  }),
  mailbox('proton', 'Proton Mail', 'snapshot', {
    mx: ['protonmail.ch'],
    spf: ['_spf.protonmail.ch'],
    dkim: ['domains.proton.ch'],
    ownSelectors: ['protonmail'],
    exceptions: { '_spf.protonmail.ch': 'common', 'domains.proton.ch': 'common', protonmail: 'common' },
  }),
  mailbox('fastmail', 'Fastmail', 'snapshot', {
    mx: ['messagingengine.com'],
    spf: ['spf.messagingengine.com'],
    dkim: ['dkim.fmhosted.com'],
    selectors: ['fm1'],
    exceptions: { 'spf.messagingengine.com': 'common', 'dkim.fmhosted.com': 'common', fm1: 'common' },
  }),
  mailbox('rackspace', 'Rackspace Email', 'snapshot', { mx: ['emailsrvr.com'], spf: ['emailsrvr.com'] }),
  mailbox('titan', 'Titan', 'snapshot', { mx: ['titan.email'], spf: ['spf.titan.email'] }),
  mailbox('migadu', 'Migadu', 'list', { mx: ['migadu.com'], spf: ['spf.migadu.com'] }),
  mailbox('mail-ru', 'VK WorkMail', 'snapshot', { mx: ['mail.ru'], spf: ['_spf.mail.ru'] }),
  mailbox('alibaba', 'Alibaba Mail', 'snapshot', { mx: ['mxhichina.com'], spf: ['spf.mxhichina.com'] }),
  mailbox('tencent', 'Tencent Exmail', 'list', { mx: ['qq.com'], spf: ['spf.mail.qq.com'] }),
  mailbox('mxroute', 'MXroute', 'zone', { mx: ['mxrouting.net', 'mxroute.com'], spf: ['mxroute.com'] }),
  mailbox('infomaniak', 'Infomaniak', 'common', { mx: ['infomaniak.ch'], spf: ['spf.infomaniak.ch'] }),
  mailbox('yahoo-business', 'Yahoo Small Business', 'common', { mx: ['mx-biz.mail.am0.yahoodns.net'] }),
  mailbox('amazon-workmail', 'Amazon WorkMail', 'list', { mx: ['awsapps.com'] }),
  mailbox('yaani', 'Yaani Mail (Turkcell)', 'list', { mx: ['yaanimail.com'] }),
  mailbox('turk-telekom', 'Türk Telekom E-Posta', 'list', { mx: ['turktelekomeposta.com'] }),
  publicSector('muhtar', 'Muhtar E-Posta', 'snapshot', { mx: ['posta.muhtar.gov.tr'] }),

  hosting('natro', 'Natro', 'zone', {
    mx: ['kurumsaleposta.com', 'natrohost.com'],
    spf: ['natrohost.com'],
    ownSelectors: ['ntr'],
    ns: ['natrohost.com'],
  }),
  // The MX of its customers is mostly the domain itself.
  hosting('turhost', 'Turhost', 'zone', { spf: ['trwww.com', '_spf.turhost.com'], ns: ['turhost.com'] }),
  hosting('isimtescil', 'İsimtescil', 'zone', { ns: ['tr.dnsenable.com', 'eu.dnsenable.com', 'us.dnsenable.com'] }),
  hosting('turkticaret', 'Türkticaret.net', 'zone', { mx: ['mx.turkticaret.net'] }),
  hosting('veridyen', 'Veridyen', 'zone', { mx: ['veridyen.com'], spf: ['_spf.protection.veridyen.com'] }),
  hosting('vargonen', 'Vargonen', 'list', { mx: ['vargonen.net'] }),
  hosting('godaddy', 'GoDaddy', 'snapshot', { mx: ['secureserver.net'], spf: ['secureserver.net'] }),
  hosting('hostinger', 'Hostinger', 'snapshot', {
    mx: ['hostinger.com'],
    spf: ['_spf.mail.hostinger.com'],
    dkim: ['dkim.mail.hostinger.com'],
    selectors: ['hostingermail-a'],
    exceptions: {
      '_spf.mail.hostinger.com': 'common',
      'dkim.mail.hostinger.com': 'common',
      'hostingermail-a': 'common',
    },
  }),
  hosting('ovh', 'OVHcloud', 'snapshot', { mx: ['ovh.net'], spf: ['mx.ovh.com'] }),
  hosting('ionos', 'IONOS', 'snapshot', {
    mx: ['ionos.de', 'ionos.com', 'kundenserver.de'],
    spf: ['_spf.kundenserver.de', '_spf-eu.ionos.com', '_spf-us.ionos.com'],
  }),
  hosting('all-inkl', 'ALL-INKL', 'snapshot', { mx: ['kasserver.com'], spf: ['spf.kasserver.com'] }),
  hosting('one-com', 'one.com', 'snapshot', { mx: ['one.com'], spf: ['_custspf.one.com'] }),
  hosting('namecheap', 'Namecheap Private Email', 'list', { mx: ['privateemail.com'], spf: ['spf.privateemail.com'] }),
  hosting('gandi', 'Gandi', 'list', { mx: ['mail.gandi.net'], spf: ['_mailcust.gandi.net'] }),
  hosting('strato', 'STRATO', 'survey', { mx: ['rzone.de'] }),
  hosting('locaweb', 'Locaweb', 'survey', { mx: ['locaweb.com.br'] }),
  hosting('arsys', 'Arsys', 'survey', { mx: ['serviciodecorreo.es'] }),
  hosting('domainfactory', 'DomainFactory', 'survey', { mx: ['ispgateway.de'] }),
  hosting('mittwald', 'Mittwald', 'survey', { mx: ['agenturserver.de'] }),
  hosting('dnsxperta', 'dnsxperta.com', 'survey', { mx: ['dnsxperta.com'] }),
  hosting('hetzner', 'Hetzner', 'survey', { mx: ['your-server.de'] }),
  hosting('otenet', 'OTEnet', 'survey', { mx: ['otenet.gr'] }),
  hosting('a1', 'A1', 'survey', { mx: ['a1.net'] }),
  hosting('kinghost', 'KingHost', 'survey', { mx: ['kinghost.net', 'uni5.net'] }),
  hosting('uol-host', 'UOL Host', 'survey', { mx: ['uhserver.com'] }),
  hosting('nominalia', 'Nominalia', 'survey', { mx: ['nominalia.com'] }),
  hosting('hostedmxserver', 'hostedmxserver.com', 'survey', { mx: ['hostedmxserver.com'] }),
  hosting('namecheap-hosting', 'Namecheap Hosting', 'survey', { mx: ['jellyfish.systems'] }),
  hosting('mediacenter', 'MediaCenter', 'survey', { mx: ['mediacenter.hu'] }),
  hosting('rackhost', 'Rackhost', 'survey', { mx: ['rackhost.hu'] }),
  hosting('loginssl', 'loginssl.com', 'survey', { mx: ['loginssl.com'] }),
  hosting('forpsi', 'Forpsi', 'survey', { mx: ['forpsi.com'] }),
  hosting('nethely', 'Nethely', 'survey', { mx: ['nethely.hu'] }),
  hosting('hostpoint', 'Hostpoint', 'survey', { mx: ['hostpoint.ch'] }),
  hosting('simply-com', 'Simply.com', 'survey', { mx: ['simply.com'] }),
  hosting('ihs', 'IHS Telekom', 'survey', { mx: ['ihs.com.tr'] }),

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
    mx: ['spamexperts.com', 'spamexperts.net', 'spamexperts.eu', 'antispamcloud.com', 'mailspamprotection.com'],
    exceptions: { 'spamexperts.net': 'common', 'spamexperts.eu': 'common' },
  }),
  filter('retarus', 'Retarus', 'common', { mx: ['retarus.com'] }),
  filter('vade', 'Vade', 'list', { mx: ['vadesecure.com'] }),
  filter('seppmail', 'SEPPmail', 'snapshot', { mx: ['seppmail.cloud'] }),
  filter('nospamproxy', 'NoSpamProxy', 'snapshot', { mx: ['nospamproxy.com'] }),
  filter('expurgate', 'eXpurgate', 'snapshot', { mx: ['expurgate.net'] }),
  filter('trellix', 'Trellix (FireEye)', 'snapshot', { mx: ['fireeyecloud.com'] }),
  filter('libraesva', 'Libraesva', 'snapshot', { mx: ['esvacloud.com'] }),
  filter('mailanyone', 'FuseMail', 'survey', { mx: ['mailanyone.net'] }),
  filter('mx25', 'mx25.net', 'survey', { mx: ['mx25.net'] }),
  filter('abusix', 'Abusix', 'survey', { mx: ['abxsec.com'] }),
  filter('heimdal', 'Heimdal', 'survey', { mx: ['heimdalsecurity.com'] }),
  filter('comendo', 'Comendo', 'survey', { mx: ['comendosystems.com', 'comendosystems.net'] }),
  filter('staysecure', 'StaySecure', 'survey', { mx: ['staysecuregroup.com', 'staysecuregroup.net'] }),
  filter('cleanmail', 'Cleanmail', 'survey', { mx: ['cleanmail.ch'] }),
  filter('secmail', 'secmail.com', 'survey', { mx: ['secmail.com'] }),
  filter('d-fence', 'D-Fence', 'survey', { mx: ['d-fence.eu'] }),
  filter('secure-mailgate', 'secure-mailgate.com', 'survey', { mx: ['secure-mailgate.com'] }),
  filter('uzman-posta', 'Uzman Posta', 'common', {
    mx: ['uzmanposta.com'],
    spf: ['_spf.uzmanposta.com'],
    exceptions: { '_spf.uzmanposta.com': 'snapshot' },
  }),

  forwarder('cloudflare', 'Cloudflare Email Routing', 'snapshot', { mx: ['mx.cloudflare.net'] }),
  forwarder('improvmx', 'ImprovMX', 'snapshot', { mx: ['improvmx.com'] }),
  forwarder('forward-email', 'Forward Email', 'list', { mx: ['forwardemail.net'] }),

  // These services send for the domain and never hold its mail: an SPF record that names them says nothing about the
  // mailbox.
  sender('amazon-ses', 'Amazon SES', 'list', { spf: ['amazonses.com'] }),
  sender('sendgrid', 'SendGrid', 'list', { spf: ['sendgrid.net'], dkim: ['sendgrid.net'], selectors: ['s1'] }),
  sender('mailgun', 'Mailgun', 'list', { spf: ['mailgun.org'] }),
  sender('mailchimp', 'Mailchimp', 'list', {
    spf: ['spf.mandrillapp.com', 'servers.mcsv.net'],
    dkim: ['dkim.mcsv.net'],
    selectors: ['k1'],
    exceptions: { 'servers.mcsv.net': 'common', 'dkim.mcsv.net': 'common', k1: 'common' },
  }),
  sender('mailjet', 'Mailjet', 'list', { spf: ['spf.mailjet.com'] }),
  sender('brevo', 'Brevo', 'list', {
    spf: ['spf.brevo.com', 'spf.sendinblue.com'],
    exceptions: { 'spf.sendinblue.com': 'common' },
  }),
]

/** Every id that a verdict about a mailbox can have. */
export const MAILBOX_IDS: readonly string[] = [
  ...FINGERPRINTS.filter(({ role }) => role === 'mailbox').map(({ id }) => id),
  ...Object.keys(NO_PROVIDERS),
]
