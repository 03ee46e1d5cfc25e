import { v7 } from 'uuid'
import { newWebhookBody } from '#keys/webhooks/fields'
import { createWebhook } from '#keys/webhooks/lifecycle'
import { checkOptions } from '#cli/check-options'
import { withExamples } from '#cli/command'
import { jsonArg, withKeys } from '#cli/keys/deps'
import { paint, print } from '#cli/terminal'

export const createCommand = withExamples(
  {
    args: {
      name: {
        type: 'positional',
        required: true,
        description: 'Name of the sender; its leads have it as their source',
      },
      key: {
        type: 'string',
        required: true,
        valueHint: 'ID',
        description: 'Id of the API key that the sender uses, with the scope write; from "hunter keys list"',
      },
      json: jsonArg,
    },
    run: async ({ args }) => {
      const input = checkOptions(newWebhookBody, { name: args.name, keyid: args.key })
      const created = await withKeys((deps, actor) => createWebhook({ ...deps, newId: v7 }, { ...input, actor }))
      if (args.json) return print(JSON.stringify(created))
      print(created.secret)
      print(paint('dim', `Store it now: it is shown only once. The id of the webhook is ${created.id}.`))
    },
  },
  ['npx hunter webhooks create "Website form" --key 3kTMd92aXb0Q'],
)
