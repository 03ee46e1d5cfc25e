import { writeFile } from 'node:fs/promises'
import { buildDigest } from '#alerts/digest/build-digest'
import { renderDigestMail } from '#alerts/digest/mail'
import { previewDigest } from '#alerts/digest/preview'
import { channelArg } from '#cli/alerts/deps'
import { withExamples } from '#cli/command'
import { paint, print } from '#cli/terminal'
import { withDatabase } from '#cli/with-database'
import { readDigestBackup } from '#runtime/digest-backup'
import { getProcessContext } from '#runtime/process-context'

export const digestCommand = withExamples(
  {
    args: {
      channel: channelArg,
      html: { type: 'string', description: 'Write the HTML of the mail to this file', valueHint: 'FILE' },
    },
    run: async ({ args }) => {
      const { channel, facts, now } = await withDatabase((db) => {
        const context = getProcessContext('cli')
        const readBackup = () => readDigestBackup(context)
        return previewDigest({ db, clock: context.clock, readBackup }, args.channel)
      })
      const publicUrl = getProcessContext('cli').settings.HUNTER_PUBLIC_URL
      const { subject, text, html } = renderDigestMail({ facts, now }, { channel, publicUrl })
      if (args.html !== undefined) await writeFile(args.html, html)
      print(`${paint('bold', subject)}\n`)
      print(text.trimEnd())
      if (!buildDigest(facts, { now }).isWorthSending)
        print(paint('dim', '\nHunter would not send it: there is nothing to say.'))
    },
  },
  [
    'npx hunter alerts digest 0190f0a0-0000-7000-8000-000000000000',
    'npx hunter alerts digest 0190f0a0-0000-7000-8000-000000000000 --html digest.html',
  ],
)
