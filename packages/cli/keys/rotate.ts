import { GRACE_SECONDS_MAX, rotateKey } from '#keys/lifecycle'
import { AppError } from '#platform/errors'
import { withExamples } from '#cli/command'
import { jsonArg, withKeys } from '#cli/keys/deps'
import { paint, print } from '#cli/terminal'
import { formatTime } from '#cli/time-text'

const HOUR_SECONDS = 3_600

export const rotateCommand = withExamples(
  {
    args: {
      id: { type: 'positional', required: true, description: 'Id of the key, from "hunter keys list"' },
      grace: {
        type: 'string',
        default: '24',
        valueHint: 'HOURS',
        description: 'How long the old secret keeps working',
      },
      json: jsonArg,
    },
    run: async ({ args }) => {
      const graceSeconds = graceOf(args.grace)
      const rotated = await withKeys((deps, actor) => rotateKey(deps, { keyid: args.id, graceSeconds, actor }))
      if (args.json) return print(JSON.stringify(rotated))
      print(rotated.key)
      const until = rotated.previousUntil && formatTime(rotated.previousUntil)
      print(
        paint(
          'dim',
          `Store it now: it is shown only once. The old secret ${until ? `works until ${until}` : 'no longer works'}.`,
        ),
      )
    },
  },
  ['npx hunter keys rotate 3kTMd92aXb0Q', 'npx hunter keys rotate 3kTMd92aXb0Q --grace 0'],
)

function graceOf(text: string): number {
  const seconds = Math.round(Number(text) * HOUR_SECONDS)
  if (text.trim() !== '' && seconds >= 0 && seconds <= GRACE_SECONDS_MAX) return seconds
  throw new AppError('USAGE', `--grace must be a number of hours from 0 to ${GRACE_SECONDS_MAX / HOUR_SECONDS}`)
}
