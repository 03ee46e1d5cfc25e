import { v7 } from 'uuid'
import type { ChannelDeps } from '#alerts/channels'
import type { SendMessage } from '#alerts/message'
import { createAlertSender } from '#runtime/alert-sender'
import { getProcessContext } from '#runtime/process-context'
import { withKeys } from '#cli/keys/deps'

export const channelArg = {
  type: 'positional',
  required: true,
  valueHint: 'CHANNEL',
  description: 'Id or name of the channel, from "hunter alerts channels"',
} as const

/** `actor` names who runs the command, for the audit log. */
export function withChannels<T>(work: (deps: ChannelDeps & { send: SendMessage }, actor: string) => Promise<T>) {
  return withKeys((deps, actor) => work({ ...deps, newId: v7, ...createAlertSender(getProcessContext('cli')) }, actor))
}

/** A text that is no number stays what it is: the check names the option. */
export function readNumber(text: string | undefined): number | string | undefined {
  return text === undefined || !/^\d+$/.test(text) ? text : Number(text)
}
