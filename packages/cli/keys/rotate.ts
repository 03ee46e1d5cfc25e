import { rotateKey } from '#keys/lifecycle'
import { withExamples } from '#cli/command'
import { jsonArg, withKeys } from '#cli/keys/deps'
import { explainOldSecret, graceArg, parseGrace } from '#cli/keys/grace'
import { paint, print } from '#cli/terminal'

export const rotateCommand = withExamples(
  {
    args: {
      id: { type: 'positional', required: true, description: 'Id of the key, from "hunter keys list"' },
      grace: graceArg,
      json: jsonArg,
    },
    run: async ({ args }) => {
      const graceSeconds = parseGrace(args.grace)
      const rotated = await withKeys((deps, actor) => rotateKey(deps, { keyid: args.id, graceSeconds, actor }))
      if (args.json) return print(JSON.stringify(rotated))
      print(rotated.key)
      print(paint('dim', explainOldSecret(rotated.previousUntil)))
    },
  },
  ['npx hunter keys rotate 3kTMd92aXb0Q', 'npx hunter keys rotate 3kTMd92aXb0Q --grace 0'],
)
