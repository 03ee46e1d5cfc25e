import { resendDelivery } from '#alerts/log'
import { toSnakeCaseKeys } from '#api/http/snake-case'
import { withChannels } from '#cli/alerts/deps'
import { withExamples } from '#cli/command'
import { jsonArg } from '#cli/keys/deps'
import { print } from '#cli/terminal'

export const resendCommand = withExamples(
  {
    args: {
      delivery: {
        type: 'positional',
        required: true,
        valueHint: 'DELIVERY',
        description: 'Id of the delivery, from "hunter alerts log"',
      },
      json: jsonArg,
    },
    run: async ({ args }) => {
      const resent = await withChannels((deps, actor) => resendDelivery(deps, { id: args.delivery, actor }))
      if (args.json) return print(JSON.stringify(toSnakeCaseKeys(resent)))
      print(`Queued ${resent.id} with the same id; it is sent within a minute, unless its address rests.`)
    },
  },
  ['npx hunter alerts resend 0190f0a0-0000-7000-8000-000000000000'],
)
