import { confirmChannel } from '#alerts/channels'
import { toSnakeCaseKeys } from '#api/http/snake-case'
import { channelArg, withChannels } from '#cli/alerts/deps'
import { withExamples } from '#cli/command'
import { jsonArg } from '#cli/keys/deps'
import { paint, print } from '#cli/terminal'

export const confirmCommand = withExamples(
  {
    args: {
      channel: channelArg,
      code: { type: 'positional', required: true, valueHint: 'CODE', description: 'The code of its test message' },
      json: jsonArg,
    },
    run: async ({ args }) => {
      const channel = await withChannels((deps, actor) =>
        confirmChannel(deps, { channel: args.channel, code: args.code, actor }),
      )
      if (args.json) return print(JSON.stringify(toSnakeCaseKeys(channel)))
      print(`${paint('green', 'Confirmed')} ${channel.id} (${channel.name})`)
    },
  },
  ['npx hunter alerts confirm 0190f0a0-0000-7000-8000-000000000000 4f1b09a3c7'],
)
