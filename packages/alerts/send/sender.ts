/** Sends a message through the channel's own kind. */
import type { ChannelKind, SendMessage } from '#alerts/message'
import type { HttpDeps } from '#alerts/send/http'
import { createSlackSender } from '#alerts/send/slack'
import { createTeamsSender } from '#alerts/send/teams'
import { createWebhookSender } from '#alerts/send/webhook'

interface SenderDeps {
  http: HttpDeps
  /** Loads the client of SES with the first mail. */
  loadEmail: () => Promise<SendMessage>
  /** Address of the page, which links of digests lead to; undefined: no links. */
  publicUrl?: string | undefined
}

export function createSender({ http, loadEmail, publicUrl }: SenderDeps): SendMessage {
  const senders: Record<ChannelKind, SendMessage> = {
    webhook: createWebhookSender(http),
    slack: createSlackSender(http, publicUrl),
    teams: createTeamsSender(http, publicUrl),
    email: async (channel, message) => (await loadEmail())(channel, message),
  }
  return (channel, message) => senders[channel.kind](channel, message)
}
