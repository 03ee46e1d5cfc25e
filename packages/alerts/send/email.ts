/** E-mail through Amazon SES. SES has no ids against repeats: a mail may come twice after a kill. */
import { SendEmailCommand, type SESv2Client, SESv2ServiceException } from '@aws-sdk/client-sesv2'
import type { Message, OpenChannel, Outcome, SendMessage } from '#alerts/message'
import { renderDigestMail } from '#alerts/digest/mail'
import { linkLead } from '#alerts/page-links'
import { DELIVERY_TAG } from '#alerts/returns/read-event'
import { escapeHtml } from '#alerts/send/escape-html'
import { type Footer, formatFooter, writeFooter } from '#alerts/send/mail-footer'
import { type AlertText, writeMessage } from '#alerts/send/texts'

interface EmailDeps {
  ses: SESv2Client
  /** An identity that SES has verified. undefined: the installation sends no mail. */
  from: string | undefined
  /** The configuration set of SES that reports mails which come back; undefined: none is named. */
  reportedBy?: string | undefined
  timeoutMs: number
  /** Address of the page, which links lead to; undefined: no links. */
  publicUrl?: string | undefined
  /** undefined: mails have no link that unsubscribes. */
  getUnsubscribeUrl?: ((channel: OpenChannel) => string) | undefined
}

export function createEmailSender(deps: EmailDeps): SendMessage {
  const { ses, from, reportedBy, timeoutMs, publicUrl, getUnsubscribeUrl } = deps
  return async (channel, message) => {
    if (from === undefined) return refuse('HUNTER_ALERT_FROM names no sender, so Hunter sends no mail.')
    const isTest = message.alerts.length === 0 && !message.digest // a reader of a test has not subscribed
    const unsubscribeUrl = isTest ? undefined : getUnsubscribeUrl?.(channel)
    const { subject, text, html } = renderMail(message, { channel, publicUrl, unsubscribeUrl })
    const part = (data: string) => ({ Data: data, Charset: 'UTF-8' })
    const command = new SendEmailCommand({
      FromEmailAddress: from,
      Destination: { ToAddresses: [channel.address] },
      ConfigurationSetName: reportedBy,
      EmailTags: listDeliveries(message).map((Value, at) => ({ Name: `${DELIVERY_TAG}${at}`, Value })),
      Content: {
        Simple: {
          Subject: part(subject),
          Body: { Text: part(text), Html: part(html) },
          ...(unsubscribeUrl !== undefined && { Headers: buildUnsubscribeHeaders(unsubscribeUrl) }),
        },
      },
    })
    try {
      await ses.send(command, { abortSignal: AbortSignal.timeout(timeoutMs) })
      return { kind: 'sent', status: null, note: 'SES took the message; it may still be returned.' }
    } catch (error) {
      return explain(error)
    }
  }
}

/** SES hands the tags of a mail back when it returns. Each has a name of its own. */
function listDeliveries({ id, alerts }: Message): string[] {
  return alerts.length === 0 ? [id] : alerts.map(({ deliveryId }) => deliveryId)
}

/** Mail programs show a button of their own for these (RFC 2369, RFC 8058). */
function buildUnsubscribeHeaders(url: string) {
  return [
    { Name: 'List-Unsubscribe', Value: `<${url}>` },
    { Name: 'List-Unsubscribe-Post', Value: 'List-Unsubscribe=One-Click' },
  ]
}

function refuse(reason: string): Outcome {
  return { kind: 'failed', status: null, reason, next: 'retry' }
}

/** What SES says by the name of its error; its text may repeat addresses. */
const REASONS: Record<string, string> = {
  MessageRejected: 'SES rejected the message (MessageRejected); in its sandbox it sends to verified addresses only.',
  MailFromDomainNotVerifiedException: 'SES has not verified the domain of the sender.',
  NotFoundException: 'SES does not know the sender.',
  TooManyRequestsException: 'SES asks for fewer messages.',
  ThrottlingException: 'SES asks for fewer messages.',
  LimitExceededException: 'The quota of SES is used up.',
  AccountSuspendedException: 'SES has suspended the account.',
  SendingPausedException: 'Sending is paused in SES.',
}

function explain(error: unknown): Outcome {
  if (!(error instanceof SESv2ServiceException)) return explainNoAnswer(error)
  const status = error.$metadata.httpStatusCode ?? null
  if (error.name === 'BadRequestException')
    return { kind: 'failed', status, reason: 'SES refused the message (BadRequestException).', next: 'give-up' }
  const reason = REASONS[error.name] ?? `SES answered ${error.name.replace(/[^A-Za-z]/g, '').slice(0, 60)}.`
  return { kind: 'failed', status, reason, next: 'retry' }
}

/** A proxy between us and SES answers with something else than SES does. */
function explainNoAnswer(error: unknown): Outcome {
  const status = (error as { $response?: { statusCode?: number } }).$response?.statusCode
  if (status === undefined) return refuse('SES did not answer.')
  return { kind: 'failed', status, reason: `SES answered ${status}.`, next: 'retry' }
}

const CODES = {
  en: (code: string) => `To get alerts at this address, give this code to your administrator: ${code}`,
  tr: (code: string) => `Uyarıları bu adrese almak için şu kodu yöneticinize iletin: ${code}`,
}

function renderMail(message: Message, options: Parameters<typeof renderDigestMail>[1]) {
  const { channel, publicUrl, unsubscribeUrl } = options
  const { language } = channel
  if (message.digest) return renderDigestMail({ facts: message.digest, now: message.at }, options)
  const { headline, alerts } = writeMessage(message, language)
  const items = alerts.map((alert) => ({ ...alert, url: linkLead(publicUrl, alert.domain) }))
  const footer = writeFooter(channel, unsubscribeUrl)
  const code = message.code === undefined ? [] : [CODES[language](message.code)]
  return {
    subject: `Hunter: ${headline}`,
    text: [headline, ...code, ...items.map(renderText), formatFooter(footer)].join('\n\n'),
    html: renderHtml({ headline, code, items, footer }, language),
  }
}

interface Item extends AlertText {
  /** Where the page shows the lead; null: nowhere. */
  url: string | null
}

function renderText({ domain, title, old, new: now, lead, url }: Item): string {
  const lines = [`${old} → ${now}`, lead, url].filter(Boolean)
  return [`${domain}: ${title}`, ...lines.map((line) => `  ${line}`)].join('\n')
}

interface Parts {
  headline: string
  code: string[]
  items: Item[]
  footer: Footer
}

function renderHtml({ headline, code, items, footer: { text, unsubscribe } }: Parts, language: string): string {
  const link = unsubscribe ? `<br>${renderLink(unsubscribe)}` : ''
  const body = [
    `<h3>${escapeHtml(headline)}</h3>`,
    ...code.map((line) => `<p>${escapeHtml(line)}</p>`),
    ...items.map(renderItem),
    `<p><small>${escapeHtml(text)}${link}</small></p>`,
  ]
  return `<!doctype html><html lang="${language}"><body style="font-family:sans-serif">${body.join('\n')}</body></html>`
}

function renderItem({ domain, title, old, new: now, lead, url }: Item): string {
  const name = url === null ? escapeHtml(domain) : renderLink({ text: domain, url })
  return `<p><b>${name}</b>: ${escapeHtml(title)}<br>${escapeHtml(old)} → ${escapeHtml(now)}<br><small>${escapeHtml(lead)}</small></p>`
}

function renderLink({ text, url }: { text: string; url: string }): string {
  return `<a href="${escapeHtml(url)}">${escapeHtml(text)}</a>`
}
