/** Slack's incoming webhooks, and services that speak like them. */
import type { Outcome, SendMessage } from '#alerts/message'
import type { Digest } from '#alerts/digest/build-digest'
import { CHAT_ITEMS_MAX, fitDigest } from '#alerts/digest/fit-digest'
import { type DigestText, type SectionText, writeDigest } from '#alerts/digest/write-digest'
import { readStatus, withoutProblems } from '#alerts/send/answer'
import { type HttpAnswer, type HttpDeps, postSafely } from '#alerts/send/http'
import { type AlertText, type MessageText, writeMessage } from '#alerts/send/texts'

export function createSlackSender(deps: HttpDeps, publicUrl?: string): SendMessage {
  return (channel, message) =>
    withoutProblems(async () => {
      const { language } = channel
      const format = (digest: Digest) => formatDigest(writeDigest(digest, { language, publicUrl }))
      const { headline, parts } = message.digest
        ? fitDigest({ facts: message.digest, now: message.at, itemsMax: CHAT_ITEMS_MAX }, format, isShort)
        : formatAlerts(writeMessage(message, language))
      const blocks = parts.map((text) => ({ type: 'section', text: { type: 'mrkdwn', text } }))
      // `text` is what notifications and screen readers say
      const payload = { text: escapeSlack(headline), unfurl_links: false, ...(blocks.length > 0 && { blocks }) }
      const body = Buffer.from(JSON.stringify(payload))
      const headers = { 'Content-Type': 'application/json; charset=utf-8' }
      return readAnswer(await postSafely(deps, { url: channel.address, headers, body }), message.at)
    })
}

interface SlackText {
  headline: string
  /** Up to 20 alerts, or about ten sections of a digest: Slack takes 50. */
  parts: string[]
}

/** Slack's limit on a block. */
const PART_LENGTH_MAX = 3_000

function isShort({ parts }: SlackText): boolean {
  return parts.every(({ length }) => length <= PART_LENGTH_MAX)
}

function formatAlerts({ headline, alerts }: MessageText): SlackText {
  return { headline, parts: alerts.map(formatAlert) }
}

function formatAlert({ domain, title, old, new: now, lead }: AlertText): string {
  const [name, before, after] = [domain, old, now].map(quote)
  return [`*${name}*: ${title}`, `${before} → ${after}`, lead].filter(Boolean).join('\n')
}

function formatDigest({ subject, period, warning, sections, backup, quiet }: DigestText): SlackText {
  const parts = [`*${escapeSlack(subject)}*\n${escapeSlack(period)}`, warning && `:warning: ${escapeSlack(warning)}`]
  const end = [quiet, backup].map((text) => text && escapeSlack(text))
  return {
    headline: subject,
    parts: [...parts, ...sections.map(formatSection), ...end].filter((part) => part !== null),
  }
}

function formatSection({ heading, summary, rows, more }: SectionText): string {
  const lines = rows.map(({ name, company, detail }) =>
    [`• ${quote(name)}`, company && quote(company), quote(detail)].filter(Boolean).join(' '),
  )
  const rest = more && (more.url === null ? escapeSlack(more.text) : `<${more.url}|${escapeSlack(more.text)}>`)
  return [`*${escapeSlack(heading)}*`, summary && escapeSlack(summary), ...lines, rest].filter(Boolean).join('\n')
}

/** Text in backticks becomes no link and no formatting. */
function quote(text: string): string {
  return `\`${escapeSlack(text.replaceAll('`', "'"))}\``
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
