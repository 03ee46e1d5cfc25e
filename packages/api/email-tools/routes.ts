import type { Hono } from 'hono'
import { generateBody, validateBody } from '#api/email-tools/inputs'
import { emailToolTable } from '#api/email-tools/table'
import type { ApiEnv } from '#api/http/context'
import { sendData } from '#api/http/envelope'
import { parseBody } from '#api/http/validate'
import { mountRoutes } from '#api/middleware/mount-routes'
import { actForCaller } from '#api/scans/act-for-caller'
import { checkMailHosts } from '#scans/check-mail-hosts'
import type { ScanDeps } from '#scans/scan-domain'
import { judgeAddress } from '#signals/mail/address-verdict'
import { listGenericAddresses } from '#signals/mail/generic-addresses'
import { type ParsedAddress, parseMailAddress } from '#signals/mail/mail-address'
import { isMailProvider } from '#signals/mail/mail-domains'
import type { MailHostFacts } from '#signals/mail/mail-host'
import { normaliseDomain } from '#signals/normalise'
import { formatCount } from '#platform/count-text'

const GUESSES_NOTE = 'These addresses are guesses: companies often have them, and Hunter has not checked these.'
const PROVIDER_NOTE = "The domain is a mail provider's: generic addresses there belong to the provider or to strangers."
const NO_PROBE_NOTE =
  'Hunter asks the DNS and makes no SMTP probe: it knows whether a domain takes mail, never whether a mailbox exists.'

export function createEmailToolRoutes(deps: ScanDeps): Hono<ApiEnv> {
  return mountRoutes(emailToolTable, {
    generateAddresses: async (c) => {
      const { domain: typed, languages } = await parseBody(c, generateBody)
      const domain = normaliseDomain(typed)
      const isProvider = isMailProvider(domain)
      const addresses = isProvider ? [] : listGenericAddresses(domain, [...new Set(languages)])
      const note = isProvider ? PROVIDER_NOTE : GUESSES_NOTE
      return sendData(
        c,
        { domain, guesses: true, note, addresses },
        { message: formatCount(addresses.length, 'guess', 'guesses') },
      )
    },

    validateAddresses: async (c) => {
      const { addresses: inputs } = await parseBody(c, validateBody)
      const parsed = inputs.map(parseMailAddress)
      const hosts = parsed.flatMap((one) => ('address' in one ? [one.address] : []))
      const facts = await checkMailHosts(actForCaller(c, deps), hosts)
      const addresses = parsed.map((one, at) => serializeAddress(inputs[at] ?? '', one, facts))
      const counts = { plausible: 0, undeliverable: 0, invalid: 0, unknown: 0 }
      for (const { verdict } of addresses) counts[verdict] += 1
      const data = { smtpProbe: false, note: NO_PROBE_NOTE, counts, addresses }
      return sendData(c, data, { message: `${counts.plausible} of ${addresses.length} plausible` })
    },
  })
}

function serializeAddress(input: string, parsed: ParsedAddress, facts: ReadonlyMap<string, MailHostFacts>) {
  const address = 'address' in parsed ? parsed.address : undefined
  const mail = address && facts.get(address.host)
  return {
    input,
    ...judgeAddress(parsed, mail),
    address: address?.address ?? null,
    host: address?.host ?? null,
    hostUnicode: address?.hostUnicode ?? null,
    domain: address?.domain ?? null,
    role: address?.role ?? null,
    consumerMailbox: address?.isConsumerMailbox ?? null,
    tag: address?.tag ?? null,
    quoted: address?.isQuoted ?? null,
    needsSmtputf8: address?.needsSmtputf8 ?? null,
    mail: mail ?? null,
  }
}
