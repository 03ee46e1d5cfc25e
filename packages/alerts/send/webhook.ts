/** Webhooks of one's own, signed as Standard Webhooks 1.0.0 says: https://www.standardwebhooks.com */
import type { AlertFacts, Message, SendMessage } from '#alerts/message'
import { readStatus, withoutProblems } from '#alerts/send/answer'
import { type HttpDeps, postSafely } from '#alerts/send/http'
import { cutText } from '#alerts/send/texts'
import { signMessage } from '#keys/webhooks/signature'

export function createWebhookSender(deps: HttpDeps): SendMessage {
  return (channel, message) =>
    withoutProblems(async () => {
      const body = Buffer.from(JSON.stringify(buildEvent(message)))
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

/** Keeps the body below the 20 kB that receivers can rely on. */
const VALUE_LENGTH_MAX = 1_500

function buildEvent({ at, alerts: [alert] }: Message) {
  if (!alert) return { type: 'alert.test', timestamp: at.toISOString(), data: {} }
  return { type: `alert.${alert.type}`, timestamp: alert.at.toISOString(), data: buildData(alert) }
}

function buildData({ alertId, domain, old, new: now, segment, priority, score }: AlertFacts) {
  const cut = (value: AlertFacts['old']) => (typeof value === 'string' ? cutText(value, VALUE_LENGTH_MAX) : value)
  return { alert_id: alertId, domain, old: cut(old), new: cut(now), segment, priority, score }
}
