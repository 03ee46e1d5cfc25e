/** Reads what SES reports about a mail that came back, as EventBridge brings it. Pure. */
import * as z from 'zod/mini'

export interface ReturnedMail {
  /** The address that Hunter wrote to. Never log it. */
  address: string
  /** `hard`: it will never arrive there; `soft`: it did not arrive; `message`: the receiver refused this message alone. */
  kind: 'hard' | 'soft' | 'message' | 'complaint'
  /** A sentence that people read. It has no text of strangers. */
  reason: string
  /** When SES took the mail. */
  sentAt: Date
  /** When it came back. */
  at: Date
  /** Ids of what it carried; empty: a test, or a mail from before. */
  deliveries: string[]
}

/** Begins the name of each tag that has the id of a delivery. */
export const DELIVERY_TAG = 'delivery'

const time = z.pipe(
  z.iso.datetime({ offset: true }),
  z.transform((text) => new Date(text)),
)
const bounce = z.object({
  bounceType: z.string(),
  bounceSubType: z.catch(z.string(), ''),
  bouncedRecipients: z.catch(z.array(z.object({ emailAddress: z.string() })), []),
  timestamp: time,
})
const complaint = z.object({
  complaintFeedbackType: z.catch(z.nullish(z.string()), null),
  timestamp: time,
})
const mail = z.object({
  timestamp: time,
  destination: z.tuple([z.string()]),
  tags: z.catch(z.record(z.string(), z.array(z.string())), {}),
})
const eventSchema = z.discriminatedUnion('eventType', [
  z.object({ eventType: z.literal('Bounce'), mail, bounce }),
  z.object({ eventType: z.literal('Complaint'), mail, complaint }),
])

const sourceSchema = z.object({ source: z.literal('aws.ses'), detail: z.unknown() })
const OTHERS = z.object({ eventType: z.string().check(z.refine((type) => type !== 'Bounce' && type !== 'Complaint')) })

/** Only AWS itself may send events of its own sources; the schedule's have another. */
export function isMailEvent(event: unknown): boolean {
  return z.safeParse(sourceSchema, event).success
}

/** Returns null for what is no return: a delivery, or a reader's word that a mail is no spam. @throws Error without data */
export function readReturnedMail(event: unknown): ReturnedMail | null {
  const detail = z.safeParse(sourceSchema, event).data?.detail
  if (z.safeParse(OTHERS, detail).success) return null
  const parsed = z.safeParse(eventSchema, detail)
  if (!parsed.success) throw new Error('SES sent an event that Hunter cannot read')
  const { data } = parsed
  const { timestamp: sentAt, destination, tags } = data.mail
  const [address] = destination
  const deliveries = Object.entries(tags)
    .flatMap(([name, values]) => (name.startsWith(DELIVERY_TAG) ? values : []))
    .filter((id) => z.safeParse(z.uuid(), id).success)
  const common = { address, sentAt, deliveries }
  if (data.eventType === 'Bounce') return { ...common, at: data.bounce.timestamp, ...judgeBounce(data.bounce, address) }
  const { complaintFeedbackType, timestamp: at } = data.complaint
  return complaintFeedbackType === 'not-spam' ? null : { ...common, at, kind: 'complaint', reason: COMPLAINT }
}

const COMPLAINT =
  'A reader marked a mail as spam. Once the reader agrees to more, take the address off the suppression list of SES, then send a test.'
const THEN = 'Repair the address, take it off the suppression list of SES, then send a test.'
const HARD: Record<string, string> = {
  NoEmail: `There is no mailbox of this address. ${THEN}`,
  Suppressed: `SES sends nothing to this address, because mail to it came back before. ${THEN}`,
  OnAccountSuppressionList: `The address is on the suppression list of SES. ${THEN}`,
}
const SOFT: Record<string, string> = {
  MailboxFull: 'The mailbox is full.',
  CustomTimeoutExceeded: 'The receiving server did not take the mail in time.',
}
const MESSAGE: Record<string, string> = {
  MessageTooLarge: 'The receiving server refused the mail for its size.',
  ContentRejected: 'The receiving server refused the content of the mail.',
  AttachmentRejected: 'The receiving server refused the content of the mail.',
}

function judgeBounce(
  { bounceType, bounceSubType, bouncedRecipients }: z.output<typeof bounce>,
  address: string,
): Pick<ReturnedMail, 'kind' | 'reason'> {
  const refused = MESSAGE[bounceSubType]
  if (bounceType !== 'Permanent' && refused !== undefined) return { kind: 'message', reason: refused }
  // a mailing list keeps our sender: one of its members is gone, and the others read on
  const isElsewhere =
    bouncedRecipients.length > 0 && !bouncedRecipients.some((one) => isSame(one.emailAddress, address))
  if (isElsewhere) return { kind: 'soft', reason: 'The mail came back from an address to which this one forwards.' }
  if (bounceType !== 'Permanent')
    return { kind: 'soft', reason: SOFT[bounceSubType] ?? 'The receiving server did not take the mail.' }
  return { kind: 'hard', reason: HARD[bounceSubType] ?? `The receiving server refuses mail to this address. ${THEN}` }
}

/** Receiving servers write addresses in their own case, and some in angle brackets. */
function isSame(one: string, other: string): boolean {
  return (
    one
      .replace(/^.*<|>$/g, '')
      .trim()
      .toLowerCase() === other.trim().toLowerCase()
  )
}
