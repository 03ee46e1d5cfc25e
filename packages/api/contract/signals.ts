/** Answer schemas of the signals. `packages/signals/signals.ts` explains each field. */
import * as z from 'zod/mini'
import { count, describeField, texts, time } from '#api/contract/fields'
import { DMARC_POLICIES, SPF_PROBLEMS, SIGNAL_NAMES } from '#signals/signals'

const policy = z.nullable(z.enum(DMARC_POLICIES))
export const signalName = z.enum(SIGNAL_NAMES)

const present = describeField(z.literal('present'), 'The domain has it')
const absent = describeField(z.literal('absent'), 'The domain does not have it')
const unknown = describeField(z.literal('unknown'), 'No answer, so the domain may have it')
const rcode = 'What DNS answered'
const resolver = describeField(z.nullable(z.string()), 'Resolver that answered; null: none was asked', '1.1.1.1')
const at = describeField(time, 'When the answer came')

/** @param record as DNS returns it, for the example */
function evidence(description: string, value: z.ZodMiniType, record: string) {
  const records = describeField(texts, 'The records as they were published', [record])
  const none = describeField(texts, 'The records that were found instead', [])
  const observed = { resolver, at }
  return z
    .union([
      z.object({
        state: present,
        rcode: describeField(z.literal('NOERROR'), rcode),
        records,
        ...observed,
        value: describeField(value, 'What the records say'),
      }),
      z.object({
        state: absent,
        rcode: describeField(z.enum(['NXDOMAIN', 'NODATA', 'NOERROR']), rcode),
        records: none,
        ...observed,
      }),
      z.object({ state: unknown, rcode: describeField(z.string(), rcode, 'SERVFAIL'), records: none, ...observed }),
    ])
    .check(z.describe(description))
}

const unanswered = describeField(texts, 'Names that did not answer and could change the value', [])

/** A CNAME that Microsoft's products look for. */
function alias(name: string, target: string) {
  const value = z.object({
    targets: describeField(texts, 'CNAME targets, in the order of the chain', [target]),
    addresses: describeField(texts, 'Addresses of a name that is no CNAME', []),
    loops: describeField(z.boolean(), 'True: the chain leads back to itself'),
    unanswered,
  })
  return evidence(`The name ${name} and where it leads`, value, target)
}

function addresses(type: string, address: string) {
  const value = z.object({ addresses: describeField(texts, 'The addresses', [address]) })
  return evidence(`${type} records of the domain`, value, address)
}

function announcement(description: string, record: string) {
  return evidence(description, z.object({ record: describeField(z.string(), 'The record', record) }), record)
}

function srv(name: string, host: string, port: number) {
  const value = z.object({
    hosts: describeField(
      z.array(
        z.object({
          host: describeField(z.string(), 'Host of the service', host),
          port: describeField(count, 'Port of the service', port),
          priority: describeField(count, 'Lower is tried first', 0),
          weight: describeField(count, 'Share among hosts of one priority', 0),
        }),
      ),
      'The hosts, by priority',
    ),
  })
  return evidence(`SRV records at ${name}`, value, `0 0 ${port} ${host}`)
}

const SPF = 'v=spf1 include:_spf.google.com ~all'
const spf = z.object({
  record: describeField(
    z.nullable(z.string()),
    'The record; null when there are several, which makes all of them invalid',
    SPF,
  ),
  verdict: describeField(z.enum(['valid', 'broken', 'undetermined']), 'Whether receivers can evaluate it'),
  problems: describeField(z.array(z.enum(SPF_PROBLEMS)), 'What is wrong with it', []),
  all: describeField(
    z.nullable(z.enum(['-', '~', '?', '+'])),
    'What the record says about all other senders; null when it has no "all"',
    '~',
  ),
  lookups: describeField(count, 'Terms that cost a look-up; RFC 7208 allows 10', 4),
  void_lookups: describeField(count, 'Look-ups that found nothing; RFC 7208 allows 2', 0),
  includes: describeField(texts, 'Domains that the tree includes or redirects to', ['_spf.google.com']),
  senders: describeField(texts, 'Domains that the company named itself', ['_spf.google.com']),
  unanswered,
})

const DMARC = 'v=DMARC1; p=none; rua=mailto:dmarc@acme.com.tr'
const dmarc = z.object({
  name: describeField(z.string(), 'Name that holds the record', '_dmarc.acme.com.tr'),
  record: describeField(z.string(), 'The record', DMARC),
  source: describeField(
    z.enum(['own', 'organisational-domain', 'public-suffix']),
    'Where the record was found: at the domain, or at one above it',
  ),
  policy: describeField(policy, 'Policy for the domain; null when receivers cannot apply one'),
  effective_policy: describeField(policy, 'Policy that receivers apply today'),
  subdomain_policy: describeField(policy, 'Policy for subdomains'),
  nonexistent_policy: describeField(policy, 'Policy for subdomains that do not exist'),
  testing: describeField(z.boolean(), 'True: the record asks receivers only to test the policy (t=y)'),
  percent: describeField(count, 'Percentage of the mail that the policy applies to', 100),
  report_uris: describeField(texts, 'Where aggregate reports go', ['mailto:dmarc@acme.com.tr']),
  psd: describeField(z.enum(['y', 'n', 'u']), 'Public suffix, head of an organisation, or neither', 'u'),
  several_records: describeField(z.boolean(), 'True: there are several records, so receivers ignore them all'),
})

const dkim = z.object({
  selectors: describeField(texts, 'Selectors with a key', ['google']),
  targets: describeField(
    z.array(
      z.object({
        selector: describeField(z.string(), 'Selector that is a CNAME', 'selector1'),
        target: describeField(z.string(), 'Where it leads', 'selector1-acme-com-tr._domainkey.acme.onmicrosoft.com'),
      }),
    ),
    'Selectors that are CNAMEs',
  ),
  unanswered,
})

const registration = z.object({
  registrar: describeField(z.nullable(z.string()), 'Company that registered the domain', 'Example Registrar'),
  created_at: describeField(z.nullable(time), 'When it was registered'),
  expires_at: describeField(z.nullable(time), 'When it expires'),
  name_servers: describeField(texts, 'Delegation at the registry', ['ns1.acme.com.tr']),
  statuses: describeField(texts, 'EPP status codes', ['clientTransferProhibited']),
  source: describeField(z.enum(['rdap', 'whois', 'trabis']), 'Protocol of the answer'),
  registry: describeField(z.string(), 'Server that answered', 'rdap.example.net'),
})

const ipFacts = z.object({
  ip: describeField(z.string(), 'The address', '192.0.2.10'),
  source: describeField(z.enum(['mx-ip', 'root-ip']), 'Whose address it is: a mail host, or the domain'),
  country: describeField(z.nullable(z.string()), 'ISO 3166-1 code of the country; null: unknown', 'TR'),
  asn: describeField(z.nullable(count), 'Number of the network (ASN); null: no network announces the address', 64_496),
  as_name: describeField(z.nullable(z.string()), 'Name of the network', 'EXAMPLE-AS'),
})

const MX = z.object({
  hosts: describeField(
    z.array(
      z.object({
        host: describeField(z.string(), 'Mail host', 'aspmx.l.google.com'),
        preference: describeField(count, 'Lower is tried first', 1),
      }),
    ),
    'The mail hosts, by preference',
  ),
  null_mx: describeField(z.boolean(), 'True: the domain says that it takes no mail (RFC 7505)'),
})

const tokens = z.object({
  tokens: describeField(
    z.array(
      z.object({
        service: describeField(z.string(), 'Service that asked for the record', 'google'),
        record: describeField(z.string(), 'The record', 'google-site-verification=abc'),
      }),
    ),
    'Records by which services verify the ownership of a domain',
  ),
})

const networks = z.object({
  addresses: describeField(z.array(ipFacts), 'The addresses'),
  unanswered: describeField(texts, 'Addresses without an answer, and mail hosts whose addresses got none', []),
})

export const signals = z
  .object({
    mx: evidence('Mail hosts of the domain', MX, '1 aspmx.l.google.com'),
    spf: evidence('Senders that the domain allows (RFC 7208)', spf, SPF),
    dmarc: evidence('What receivers do with mail that fails (RFC 9989)', dmarc, DMARC),
    dkim: evidence('Keys that sign mail (RFC 6376)', dkim, 'v=DKIM1; k=rsa; p=MIIB…'),
    registration: evidence('Registration of the domain', registration, 'registrar: Example Registrar'),
    ns: evidence(
      'Name servers of the domain',
      z.object({ hosts: describeField(texts, 'The name servers', ['ns1.acme.com.tr']) }),
      'ns1.acme.com.tr',
    ),
    a: addresses('A', '192.0.2.10'),
    aaaa: addresses('AAAA', '2001:db8::10'),
    autodiscover: alias('autodiscover', 'autodiscover.outlook.com'),
    autodiscover_srv: srv('_autodiscover._tcp', 'mail.acme.com.tr', 443),
    lyncdiscover: alias('lyncdiscover', 'webdir.online.lync.com'),
    sip: alias('sip', 'sipdir.online.lync.com'),
    sip_federation: srv('_sipfederationtls._tcp', 'sipfed.online.lync.com', 5061),
    enterprise_registration: alias('enterpriseregistration', 'enterpriseregistration.windows.net'),
    enterprise_enrollment: alias('enterpriseenrollment', 'enterpriseenrollment.manage.microsoft.com'),
    msoid: alias('msoid', 'clientconfig.microsoftonline-p.net'),
    mta_sts: announcement('Whether mail to the domain must be encrypted (RFC 8461)', 'v=STSv1; id=20261120'),
    tls_rpt: announcement('Where reports on encryption go (RFC 8460)', 'v=TLSRPTv1; rua=mailto:tls@acme.com.tr'),
    bimi: announcement('Logo that mail programs show', 'v=BIMI1; l=https://acme.com.tr/logo.svg'),
    tokens: evidence('Services that verified the domain', tokens, 'google-site-verification=abc'),
    networks: evidence('Networks of the addresses, where IP enrichment is on', networks, '64496 | TR | EXAMPLE-AS'),
  })
  .check(z.describe('What the scan saw, signal by signal'))
