/**
 * Reads records whose presence is the signal: MTA-STS (RFC 8461), TLS reports (RFC 8460), BIMI, and verification tokens
 * of services.
 */
import type { Answer } from '#signals/dns/dns'
import { type Evidence, createPresent, judgeAbsence } from '#signals/evidence'
import type { Addresses, PresenceRecord, Ns, Srv, SrvHost, Tokens } from '#signals/signals'

export interface PresenceRecordForm {
  /** Recognises the kind of record. */
  version: RegExp
  /** A record without it has no effect. */
  field: RegExp
}

export const PRESENCE_RECORDS = {
  /** RFC 8461 section 3.1: an `id` of 1 to 32 letters and digits. */
  mtaSts: { version: /^v=STSv1\s*;/, field: /;[ \t]*id=[a-z0-9]{1,32}[ \t]*(?:;|$)/i },
  /** RFC 8460 section 3: at least one address for reports. */
  tlsRpt: { version: /^v=TLSRPTv1\s*;/, field: /;[ \t]*rua=(?:mailto:[^\s,;]+@|https:\/\/)[^\s,;]+/i },
  bimi: { version: /^v\s*=\s*BIMI1\s*(?:;|$)/i, field: /^/ },
} as const satisfies Record<string, PresenceRecordForm>

/** Several records at `_mta-sts` or `_smtp._tls` count as none (RFC 8461 section 3.1, RFC 8460 section 3). */
export function readPresenceRecord(
  answer: Answer<string>,
  { version, field }: PresenceRecordForm,
): Evidence<PresenceRecord> {
  const [record, ...others] = answer.records.filter((text) => version.test(text))
  if (record === undefined || others.length > 0 || !field.test(record)) return judgeAbsence(answer, answer.records)
  return createPresent(answer, [record], { record })
}

const TOKENS: readonly [service: string, pattern: RegExp][] = [
  ['Microsoft 365', /^MS=ms\d+$/i],
  ['Google', /^google-site-verification=/i],
  ['Apple', /^apple-domain(?:-verification)?=/i],
  ['Facebook', /^facebook-domain-verification=/i],
  ['Zoho', /^zoho-verification=/i],
  ['Yandex', /^yandex-verification: ?/i],
  ['Atlassian', /^atlassian-domain-verification=/i],
  ['Adobe', /^adobe-idp-site-verification=/i],
  ['DocuSign', /^docusign=/i],
  ['Dropbox', /^dropbox-domain-verification=/i],
  ['Slack', /^slack-domain-verification=/i],
  ['Zoom', /^zoom(?:-domain-verification)?[=_]/i],
  ['OpenAI', /^openai-domain-verification=/i],
  ['Cisco', /^cisco-ci-domain-verification=/i],
  ['Webex', /^webexdomainverification\b/i],
  ['Stripe', /^stripe-verification=/i],
  ['HubSpot', /^hubspot-developer-verification=/i],
]

/** Reads the TXT records of the domain itself. */
export function readTokens(answer: Answer<string>): Evidence<Tokens> {
  const tokens = answer.records.flatMap((record) => {
    const [service] = TOKENS.find(([, pattern]) => pattern.test(record)) ?? []
    return service === undefined ? [] : [{ service, record }]
  })
  if (tokens.length === 0) return judgeAbsence(answer, [])
  return createPresent(
    answer,
    tokens.map(({ record }) => record),
    { tokens },
  )
}

export function readNs(answer: Answer<string>): Evidence<Ns> {
  if (answer.records.length === 0) return judgeAbsence(answer, [])
  const hosts = answer.records.toSorted()
  return createPresent(answer, hosts, { hosts })
}

export function readAddresses(answer: Answer<string>): Evidence<Addresses> {
  if (answer.records.length === 0) return judgeAbsence(answer, [])
  const addresses = answer.records.toSorted()
  return createPresent(answer, addresses, { addresses })
}

/** A root target means that the service is not offered (RFC 2782). */
export function readSrv(answer: Answer<SrvHost>): Evidence<Srv> {
  const hosts = answer.records.filter(({ host }) => host !== '').sort(byPriority)
  const records = answer.records.map(({ priority, weight, port, host }) => `${priority} ${weight} ${port} ${host}.`)
  if (hosts.length === 0) return judgeAbsence(answer, records)
  return createPresent(answer, records, { hosts })
}

function byPriority(a: SrvHost, b: SrvHost): number {
  return a.priority - b.priority || (a.host < b.host ? -1 : Number(a.host > b.host))
}
