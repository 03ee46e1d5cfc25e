/** Slack's incoming webhooks, and services that speak like them. */
import type { Outcome, SendMessage } from '#alerts/message'
import { readStatus, withoutProblems } from '#alerts/send/answer'
import { type HttpAnswer, type HttpDeps, postSafely } from '#alerts/send/http'
import { type AlertText, writeMessage } from '#alerts/send/texts'

export function createSlackSender(deps: HttpDeps): SendMessage {
  return (channel, message) =>
    withoutProblems(async () => {
      const { headline, alerts } = writeMessage(message, channel.language)
      const lines = alerts.map((alert) => formatAlert(alert))
      const blocks = lines.map((text) => ({ type: 'section', text: { type: 'mrkdwn', text } }))
      // `text` is what notifications and screen readers say
      const payload = { text: escapeSlack(headline), unfurl_links: false, ...(blocks.length > 0 && { blocks }) }
      const body = Buffer.from(JSON.stringify(payload))
      const headers = { 'Content-Type': 'application/json; charset=utf-8' }
      return readAnswer(await postSafely(deps, { url: channel.address, headers, body }), message.at)
    })
}

/** Text in backticks becomes no link and no formatting. */
function formatAlert({ domain, title, old, new: now, lead }: AlertText): string {
  const [name, before, after] = [domain, old, now].map((text) => `\`${escapeSlack(text.replaceAll('`', "'"))}\``)
  return [`*${name}*: ${title}`, `${before} → ${after}`, lead].filter(Boolean).join('\n')
}

function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Plain texts with which Slack refuses; each says what will not work later either. */
const REFUSALS: Record<string, { next: 'give-up' | 'disable'; reason: string }> = {
  no_service: { next: 'disable', reason: 'The Slack webhook was removed (no_service).' },
  no_active_hooks: { next: 'disable', reason: 'The Slack webhook is switched off (no_active_hooks).' },
  invalid_token: { next: 'disable', reason: 'Slack does not know the webhook (invalid_token).' },
  no_team: { next: 'disable', reason: 'The Slack workspace is gone (no_team).' },
  channel_not_found: { next: 'disable', reason: 'The Slack channel is gone (channel_not_found).' },
  channel_is_archived: { next: 'disable', reason: 'The Slack channel is archived (channel_is_archived).' },
  action_prohibited: { next: 'disable', reason: 'The Slack workspace forbids the webhook (action_prohibited).' },
  posting_to_general_channel_denied: {
    next: 'disable',
    reason: 'The webhook may not post to the general channel (posting_to_general_channel_denied).',
  },
  invalid_payload: { next: 'give-up', reason: 'Slack refused the message (invalid_payload).' },
  no_text: { next: 'give-up', reason: 'Slack refused the message (no_text).' },
  too_many_attachments: { next: 'give-up', reason: 'Slack refused the message (too_many_attachments).' },
}

function readAnswer(answer: HttpAnswer, now: Date): Outcome {
  const { status } = answer
  const text = answer.text.trim()
  const refusal = Object.hasOwn(REFUSALS, text) ? REFUSALS[text] : undefined
  if (refusal && status >= 400 && status < 500) return { kind: 'failed', status, ...refusal }
  if (status !== 200 || text === 'ok') return readStatus(answer, now)
  return { kind: 'failed', status, reason: 'The receiver did not answer as Slack does.', next: 'retry' }
}
