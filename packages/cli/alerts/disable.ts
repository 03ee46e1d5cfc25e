import { switchOffChannel } from '#alerts/channels'
import { toSnakeCaseKeys } from '#api/http/snake-case'
import { channelArg, withChannels } from '#cli/alerts/deps'
import { withExamples } from '#cli/command'
import { jsonArg } from '#cli/keys/deps'
import { paint, print } from '#cli/terminal'

export const disableCommand = withExamples(
  {
    args: {
      channel: channelArg,
      json: jsonArg,
    },
    run: async ({ args }) => {
      const channel = await withChannels((deps, actor) => switchOffChannel(deps, { channel: args.channel, actor }))
      if (args.json) return print(JSON.stringify(toSnakeCaseKeys(channel)))
      print(`${paint('green', 'Switched off')} ${channel.id} (${channel.name})`)
    },
  },
  ['npx hunter alerts disable 0190f0a0-0000-7000-8000-000000000000'],
)
