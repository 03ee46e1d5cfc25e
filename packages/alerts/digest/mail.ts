import { ITEMS_MAX } from '#alerts/digest/build-digest'
import type { DigestFacts } from '#alerts/digest/facts'
import { fitDigest } from '#alerts/digest/fit-digest'
import { layOutHtml, layOutText } from '#alerts/digest/layouts'
import { writeDigest } from '#alerts/digest/write-digest'
import type { OpenChannel } from '#alerts/message'
import { writeFooter } from '#alerts/send/mail-footer'

/** Gmail cuts a longer mail, and hides the end with the link that unsubscribes. */
const BYTES_MAX = 100_000

export interface DigestMail {
  subject: string
  text: string
  html: string
}

interface MailOptions {
  channel: Pick<OpenChannel, 'name' | 'language'>
  /** Address of the page, which links lead to; undefined: no links. */
  publicUrl: string | undefined
  /** undefined: the mail is shown to an administrator, or the installation has no public address. */
  unsubscribeUrl?: string | undefined
}

export function renderDigestMail(
  { facts, now }: { facts: DigestFacts; now: Date },
  { channel, publicUrl, unsubscribeUrl }: MailOptions,
): DigestMail {
  const { language } = channel
  const footer = writeFooter(channel, unsubscribeUrl)
  return fitDigest(
    { facts, now, itemsMax: ITEMS_MAX },
    (digest) => {
      const written = writeDigest(digest, { language, publicUrl })
      const [text, html] = [layOutText(written, footer), layOutHtml(written, footer, language)]
      return { subject: written.subject, text, html }
    },
    ({ html }) => Buffer.byteLength(html) < BYTES_MAX,
  )
}
