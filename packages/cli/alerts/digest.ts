import { writeFile } from 'node:fs/promises'
import { type DigestPreview, previewDigest } from '#alerts/digest/preview'
import { channelArg } from '#cli/alerts/deps'
import { withExamples } from '#cli/command'
import { paint, print } from '#cli/terminal'
import { formatTime } from '#cli/time-text'
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
      const context = getProcessContext('cli')
      const publicUrl = context.settings.HUNTER_PUBLIC_URL
      const readBackup = () => readDigestBackup(context)
      const { channel, dueAt, digest, mail } = await withDatabase((db) =>
        previewDigest({ db, clock: context.clock, readBackup, publicUrl }, args.channel),
      )
      if (args.html !== undefined) await writeFile(args.html, mail.html)
      print(`${paint('bold', mail.subject)}\n`)
      print(mail.text.trimEnd())
      print(paint('dim', `\n${explainNext({ channel, dueAt, digest })}`))
    },
  },
  [
    'npx hunter alerts digest 0190f0a0-0000-7000-8000-000000000000',
    'npx hunter alerts digest 0190f0a0-0000-7000-8000-000000000000 --html digest.html',
  ],
)

function explainNext({ channel, dueAt, digest }: Pick<DigestPreview, 'channel' | 'dueAt' | 'digest'>): string {
  if (dueAt === null)
    return 'The channel has no digest hour, so it gets its alerts at once. Set one with "hunter alerts edit".'
  if (channel.state === 'unverified' || channel.state === 'disabled')
    return `The channel is ${channel.state}: it gets digests once a test has arrived.`
  const next = `The next digest is due at ${formatTime(dueAt)}.`
  return digest.isWorthSending ? next : `${next} Hunter would not send this one: there is nothing to say.`
}
