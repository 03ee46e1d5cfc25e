/** Teams: a workflow with the trigger "When a Teams webhook request is received", which posts an Adaptive Card. */
import type { SendMessage } from '#alerts/message'
import type { Digest } from '#alerts/digest/build-digest'
import { CHAT_ITEMS_MAX, fitDigest } from '#alerts/digest/fit-digest'
import { type DigestText, type SectionText, writeDigest } from '#alerts/digest/write-digest'
import { readStatus, withoutProblems } from '#alerts/send/answer'
import { type HttpDeps, postSafely } from '#alerts/send/http'
import { type AlertText, type MessageText, writeMessage } from '#alerts/send/texts'

const TAKEN = 'Teams took the message; its workflow may still fail, so look at the channel.'

export function createTeamsSender(deps: HttpDeps, publicUrl?: string): SendMessage {
  return (channel, message) =>
    withoutProblems(async () => {
      const { language } = channel
      const buildBody = (digest: Digest) => encodeCard(buildDigestBody(writeDigest(digest, { language, publicUrl })))
      const body = message.digest
        ? fitDigest({ facts: message.digest, now: message.at, itemsMax: CHAT_ITEMS_MAX }, buildBody, isShort)
        : encodeCard(buildAlertsBody(writeMessage(message, language)))
      const headers = { 'Content-Type': 'application/json' }
      const answer = await postSafely(deps, { url: channel.address, headers, body })
      if (answer.status === 400 || answer.status === 413) {
        const reason = `Teams refused the message (${answer.status}).`
        return { kind: 'failed', status: answer.status, reason, next: 'give-up' }
      }
      const outcome = readStatus(answer, message.at)
      return outcome.kind === 'sent' ? { ...outcome, note: TAKEN } : outcome
    })
}

const BYTES_MAX = 28_000

function isShort({ byteLength }: Buffer): boolean {
  return byteLength < BYTES_MAX
}

function encodeCard(body: object[]): Buffer {
  const schema = 'http://adaptivecards.io/schemas/adaptive-card.json'
  const content = { $schema: schema, type: 'AdaptiveCard', version: '1.4', body }
  const attachment = { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }
  return Buffer.from(JSON.stringify({ type: 'message', attachments: [attachment] }))
}

function buildTitle(text: string) {
  return buildRuns([{ text, weight: 'Bolder', size: 'Medium' }])
}

function buildAlertsBody({ headline, alerts }: MessageText): object[] {
  return [buildTitle(headline), ...alerts.flatMap((alert) => buildAlert(alert, alerts.length > 1))]
}

function buildDigestBody({ subject, period, warning, sections, backup, quiet }: DigestText): object[] {
  const end = [quiet, backup].flatMap((text) => (text === null ? [] : [buildRuns([{ text, isSubtle: true }])]))
  return [
    buildTitle(subject),
    buildRuns([{ text: period, isSubtle: true }]),
    ...(warning === null ? [] : [buildRuns([{ text: warning, weight: 'Bolder', color: 'Warning' }])]),
    ...sections.flatMap(buildSection),
    ...end,
  ]
}

function buildSection({ heading, summary, rows, more }: SectionText): object[] {
  const lines = rows.map(({ name, company, detail }) =>
    buildRuns([{ text: company === null ? name : `${name} (${company})`, weight: 'Bolder' }, { text: ` ${detail}` }]),
  )
  const rest =
    more === null ? [] : [buildRuns([{ text: more.text, isSubtle: true, ...(more.url !== null && { url: more.url }) }])]
  const note = summary === null ? [] : [buildRuns([{ text: summary, isSubtle: true }])]
  return [buildRuns([{ text: heading, weight: 'Bolder' }]), ...note, ...lines, ...rest]
}

function buildAlert({ domain, title, old, new: now, lead }: AlertText, isOneOfMany: boolean) {
  const heading = isOneOfMany ? [buildRuns([{ text: `${domain}: ${title}`, weight: 'Bolder' }])] : []
  const values = buildRuns([{ text: `${old} → ${now}` }])
  return [...heading, values, ...(lead === '' ? [] : [buildRuns([{ text: lead, isSubtle: true }])])]
}

/** A text run shows its text as it is, where a text block would read Markdown from a stranger's record. */
function buildRuns(runs: Run[]) {
  const inlines = runs.map(({ url, ...run }) => ({
    type: 'TextRun',
    ...run,
    ...(url !== undefined && { selectAction: { type: 'Action.OpenUrl', url } }),
  }))
  return { type: 'RichTextBlock', inlines }
}

interface Run {
  text: string
  weight?: string
  size?: string
  color?: string
  isSubtle?: boolean
  /** Opens when a reader selects the text. */
  url?: string
}
