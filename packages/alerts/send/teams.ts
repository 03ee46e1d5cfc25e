/** Teams: a workflow with the trigger "When a Teams webhook request is received", which posts an Adaptive Card. */
import type { SendMessage } from '#alerts/message'
import { readStatus, withoutProblems } from '#alerts/send/answer'
import { type HttpDeps, postSafely } from '#alerts/send/http'
import { type AlertText, type MessageText, writeMessage } from '#alerts/send/texts'

const TAKEN = 'Teams took the message; its workflow may still fail, so look at the channel.'

export function createTeamsSender(deps: HttpDeps): SendMessage {
  return (channel, message) =>
    withoutProblems(async () => {
      const payload = {
        type: 'message',
        attachments: [
          {
            contentType: 'application/vnd.microsoft.card.adaptive',
            contentUrl: null,
            content: buildCard(writeMessage(message, channel.language)),
          },
        ],
      }
      const body = Buffer.from(JSON.stringify(payload))
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

function buildCard({ headline, alerts }: MessageText) {
  const title = buildRuns([{ text: headline, weight: 'Bolder', size: 'Medium' }])
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [title, ...alerts.flatMap((alert) => buildAlert(alert, alerts.length > 1))],
  }
}

function buildAlert({ domain, title, old, new: now, lead }: AlertText, isOneOfMany: boolean) {
  const heading = isOneOfMany ? [buildRuns([{ text: `${domain}: ${title}`, weight: 'Bolder' }])] : []
  const values = buildRuns([{ text: `${old} → ${now}` }])
  return [...heading, values, ...(lead === '' ? [] : [buildRuns([{ text: lead, isSubtle: true }])])]
}

/** A text run shows its text as it is, where a text block would read Markdown from a stranger's record. */
function buildRuns(runs: { text: string; weight?: string; size?: string; isSubtle?: boolean }[]) {
  return { type: 'RichTextBlock', inlines: runs.map((run) => ({ type: 'TextRun', ...run })) }
}
