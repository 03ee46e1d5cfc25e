/** Webhooks of one's own, signed as Standard Webhooks 1.0.0 says: https://www.standardwebhooks.com */
import type { AlertFacts, Message, SendMessage } from '#alerts/message'
import { CHAT_ITEMS_MAX, fitDigest } from '#alerts/digest/fit-digest'
import { buildDigestEvent } from '#alerts/digest/webhook-event'
import { readStatus, withoutProblems } from '#alerts/send/answer'
import { type HttpDeps, postSafely } from '#alerts/send/http'
import { cutText } from '#alerts/send/texts'
import { signMessage } from '#keys/webhooks/signature'

export function createWebhookSender(deps: HttpDeps): SendMessage {
  return (channel, message) =>
    withoutProblems(async () => {
      const body = encodeMessage(message)
      const timestamp = String(Math.floor(message.at.getTime() / 1_000))
      const signed = { id: message.id, timestamp, body }
      const headers = {
        'Content-Type': 'application/json',
        'User-Agent': 'Hunter',
        'webhook-id': message.id,
        'webhook-timestamp': timestamp,
        'webhook-signature': channel.secrets.map((secret) => signMessage(secret, signed)).join(' '),
      }
      return readStatus(await postSafely(deps, { url: channel.address, headers, body }), message.at)
    })
}

/** Keeps the body below that limit. */
const VALUE_LENGTH_MAX = 1_500

/** What receivers can rely on. */
const BYTES_MAX = 20_000

function encodeMessage(message: Message): Buffer {
  const encode = (event: object) => Buffer.from(JSON.stringify(event))
  const { digest: facts, at: now } = message
  if (!facts) return encode(buildEvent(message))
  return fitDigest(
    { facts, now, itemsMax: CHAT_ITEMS_MAX },
    (digest) => encode(buildDigestEvent(digest)),
    ({ byteLength }) => byteLength < BYTES_MAX,
  )
}

function buildEvent({ at, alerts: [alert] }: Message) {
  if (!alert) return { type: 'alert.test', timestamp: at.toISOString(), data: {} }
  return { type: `alert.${alert.type}`, timestamp: alert.at.toISOString(), data: buildData(alert) }
}

function buildData({ alertId, domain, old, new: now, segment, priority, score }: AlertFacts) {
  const cut = (value: AlertFacts['old']) => (typeof value === 'string' ? cutText(value, VALUE_LENGTH_MAX) : value)
  return { alert_id: alertId, domain, old: cut(old), new: cut(now), segment, priority, score }
}
