import { testChannel } from '#alerts/channels'
import { toSnakeCaseKeys } from '#api/http/snake-case'
import { channelArg, withChannels } from '#cli/alerts/deps'
import { withExamples } from '#cli/command'
import { EXIT_STATUS, Verdict } from '#cli/exit-status'
import { jsonArg } from '#cli/keys/deps'
import { paint, print } from '#cli/terminal'

export const testCommand = withExamples(
  {
    args: { channel: channelArg, json: jsonArg },
    run: async ({ args }) => {
      const tested = await withChannels((deps, actor) => testChannel(deps, { channel: args.channel, actor }))
      const { channel, outcome } = tested
      if (args.json) print(JSON.stringify(toSnakeCaseKeys(tested)))
      if (outcome.kind === 'failed') {
        if (!args.json) print(`${paint('red', 'Not sent')} to ${channel.name}: ${outcome.reason}`)
        throw new Verdict(EXIT_STATUS.unavailable)
      }
      if (args.json) return
      print(`${paint('green', 'Sent')} a test to ${channel.name}, which is ${channel.state}.`)
      if (outcome.note !== undefined) print(paint('dim', outcome.note))
      if (channel.state === 'unverified')
        print(`The message has a code. Confirm it: hunter alerts confirm ${channel.id} CODE`)
    },
  },
  ['npx hunter alerts test 0190f0a0-0000-7000-8000-000000000000'],
)
