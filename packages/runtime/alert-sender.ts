/** Wires the senders of alerts to the network and to SES. */
import type { SendMessage } from '#alerts/message'
import { createSender } from '#alerts/send/sender'
import { buildUnsubscribeUrl } from '#alerts/unsubscribe-link'
import { createLazy } from '#platform/async/lazy'
import type { ProcessContext } from '#runtime/process-context'
import { getResource } from '#runtime/resources'
import { createDns } from '#signals/dns/dns'
import { createNetwork, type Network } from '#signals/registration/network'

/** A message to an address, with its DNS. */
const SEND_TIMEOUT_MS = 15_000

interface AlertSender {
  send: SendMessage
  /** True for the stand-ins of this machine, which take plain HTTP. */
  isTrusted: Network['isTrusted']
}

export function createAlertSender({ settings, clock }: Pick<ProcessContext, 'settings' | 'clock'>): AlertSender {
  const dns = createDns({
    servers: settings.HUNTER_DNS_SERVERS,
    queryTimeoutMs: settings.HUNTER_DNS_QUERY_TIMEOUT_MS,
    clock,
  })
  // a deployed stage trusts no address, whatever the setting says
  const trusted = settings.HUNTER_ENV === 'live' ? [] : settings.HUNTER_ALERT_HOSTS.map(parseEndpoint)
  const network = createNetwork(dns, trusted)
  const publicUrl = settings.HUNTER_PUBLIC_URL
  const loadEmail = createLazy(async () => {
    const { SESv2Client } = await import('@aws-sdk/client-sesv2')
    const { createEmailSender } = await import('#alerts/send/email')
    // the outbox repeats what fails, so that the client must not
    const ses = new SESv2Client({ maxAttempts: 1 })
    const pepper = getResource('KeyPepper').value
    return createEmailSender({
      ses,
      from: settings.HUNTER_ALERT_FROM,
      reportedBy: settings.HUNTER_ALERT_REPORTS,
      timeoutMs: SEND_TIMEOUT_MS,
      publicUrl,
      getUnsubscribeUrl:
        publicUrl === undefined ? undefined : (channel) => buildUnsubscribeUrl({ pepper }, channel, publicUrl),
    })
  })
  const send = createSender({ http: { network, timeoutMs: SEND_TIMEOUT_MS }, loadEmail, publicUrl })
  return { send, isTrusted: (place) => network.isTrusted(place) }
}

function parseEndpoint(text: string) {
  const { hostname, port } = new URL(`tcp://${text}`)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) }
}
