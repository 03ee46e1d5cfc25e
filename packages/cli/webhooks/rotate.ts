import { rotateWebhook } from '#keys/webhooks/lifecycle'
import { withExamples } from '#cli/command'
import { jsonArg, withKeys } from '#cli/keys/deps'
import { explainOldSecret, graceArg, parseGrace } from '#cli/keys/grace'
import { paint, print } from '#cli/terminal'

export const rotateCommand = withExamples(
  {
    args: {
      id: { type: 'positional', required: true, description: 'Id of the webhook, from "hunter webhooks list"' },
      grace: graceArg,
      json: jsonArg,
    },
    run: async ({ args }) => {
      const graceSeconds = parseGrace(args.grace)
      const rotated = await withKeys((deps, actor) => rotateWebhook(deps, { id: args.id, graceSeconds, actor }))
      if (args.json) return print(JSON.stringify(rotated))
      print(rotated.secret)
      print(paint('dim', explainOldSecret(rotated.previousUntil)))
    },
  },
  [
    'npx hunter webhooks rotate 0190f0a0-0000-7000-8000-000000000000',
    'npx hunter webhooks rotate 0190f0a0-0000-7000-8000-000000000000 --grace 0',
  ],
)
