import { rotateChannel } from '#alerts/channels'
import { toSnakeCaseKeys } from '#api/http/snake-case'
import { channelArg, withChannels } from '#cli/alerts/deps'
import { withExamples } from '#cli/command'
import { jsonArg } from '#cli/keys/deps'
import { graceArg, parseGrace } from '#cli/keys/grace'
import { paint, print } from '#cli/terminal'
import { formatTime } from '#cli/time-text'

export const rotateCommand = withExamples(
  {
    args: { channel: channelArg, grace: graceArg, json: jsonArg },
    run: async ({ args }) => {
      const graceSeconds = parseGrace(args.grace)
      const rotated = await withChannels((deps, actor) =>
        rotateChannel(deps, { channel: args.channel, graceSeconds, actor }),
      )
      if (args.json) return print(JSON.stringify(toSnakeCaseKeys(rotated)))
      print(rotated.secret)
      print(paint('dim', 'Store it now: it is shown only once.'))
      const until = rotated.previousUntil
      print(
        paint('dim', until === null ? 'It alone signs from now on.' : `Both secrets sign until ${formatTime(until)}.`),
      )
    },
  },
  [
    'npx hunter alerts rotate 0190f0a0-0000-7000-8000-000000000000',
    'npx hunter alerts rotate 0190f0a0-0000-7000-8000-000000000000 --grace 0',
  ],
)
