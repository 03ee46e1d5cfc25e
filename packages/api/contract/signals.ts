/** Answer schemas of the signals. `packages/signals/signals.ts` explains each field. */
import * as z from 'zod/mini'
import { DMARC_POLICIES, SPF_PROBLEMS, SIGNAL_NAMES } from '#signals/signals'

const texts = z.array(z.string())
const time = z.iso.datetime()
const count = z.int().check(z.gte(0))
const policy = z.nullable(z.enum(DMARC_POLICIES))
export const signalName = z.enum(SIGNAL_NAMES)

const observed = { records: texts, resolver: z.nullable(z.string()), at: time }

function evidence(value: z.ZodMiniType) {
  return z.union([
    z.object({ state: z.literal('present'), rcode: z.literal('NOERROR'), ...observed, value }),
    z.object({ state: z.literal('absent'), rcode: z.enum(['NXDOMAIN', 'NODATA', 'NOERROR']), ...observed }),
    z.object({ state: z.literal('unknown'), rcode: z.string(), ...observed }),
  ])
}

const alias = evidence(z.object({ targets: texts, addresses: texts, loops: z.boolean(), unanswered: texts }))
const addresses = evidence(z.object({ addresses: texts }))
const announcement = evidence(z.object({ record: z.string() }))
const srvHost = z.object({ host: z.string(), port: count, priority: count, weight: count })
const srv = evidence(z.object({ hosts: z.array(srvHost) }))

const spf = z.object({
  record: z.nullable(z.string()),
  verdict: z.enum(['valid', 'broken', 'undetermined']),
  problems: z.array(z.enum(SPF_PROBLEMS)),
  all: z.nullable(z.enum(['-', '~', '?', '+'])),
  lookups: count,
  void_lookups: count,
  includes: texts,
  senders: texts,
  unanswered: texts,
})

const dmarc = z.object({
  name: z.string(),
  record: z.string(),
  source: z.enum(['own', 'organisational-domain', 'public-suffix']),
  policy,
  effective_policy: policy,
  subdomain_policy: policy,
  nonexistent_policy: policy,
  testing: z.boolean(),
  percent: count,
  report_uris: texts,
  psd: z.enum(['y', 'n', 'u']),
  several_records: z.boolean(),
})

const registration = z.object({
  registrar: z.nullable(z.string()),
  created_at: z.nullable(time),
  expires_at: z.nullable(time),
  name_servers: texts,
  statuses: texts,
  source: z.enum(['rdap', 'whois', 'trabis']),
  registry: z.string(),
})

const ipFacts = z.object({
  ip: z.string(),
  source: z.enum(['mx-ip', 'root-ip']),
  country: z.nullable(z.string()),
  asn: z.nullable(count),
  as_name: z.nullable(z.string()),
})

export const signals = z.object({
  mx: evidence(z.object({ hosts: z.array(z.object({ host: z.string(), preference: count })), null_mx: z.boolean() })),
  spf: evidence(spf),
  dmarc: evidence(dmarc),
  dkim: evidence(
    z.object({
      selectors: texts,
      targets: z.array(z.object({ selector: z.string(), target: z.string() })),
      unanswered: texts,
    }),
  ),
  registration: evidence(registration),
  ns: evidence(z.object({ hosts: texts })),
  a: addresses,
  aaaa: addresses,
  autodiscover: alias,
  autodiscover_srv: srv,
  lyncdiscover: alias,
  sip: alias,
  sip_federation: srv,
  enterprise_registration: alias,
  enterprise_enrollment: alias,
  msoid: alias,
  mta_sts: announcement,
  tls_rpt: announcement,
  bimi: announcement,
  tokens: evidence(z.object({ tokens: z.array(z.object({ service: z.string(), record: z.string() })) })),
  networks: evidence(z.object({ addresses: z.array(ipFacts), unanswered: texts })),
})
