import * as z from 'zod/mini'
import { editChannelBody, editChannelsBody, newChannelBody } from '#alerts/fields'
import { confirmBody } from '#api/channels/inputs'
import type { channelTable } from '#api/channels/table'
import { count, cursor, describeField, NOT_JSON, time } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { pageQuery } from '#api/http/fields'
import { rotateKeyBody } from '#api/keys/inputs'
import { CHANNEL_KINDS, CHANNEL_LANGUAGES, CHANNEL_STATES, DELIVERY_STATES, MOVE_KINDS } from '#db/tables'
import { ALERT_TYPES } from '#leads/changes/change-types'
import { SEGMENTS } from '#leads/score/segment'

const maybeTime = z.nullable(time)
const id = describeField(z.uuid(), 'Id of the channel')
const secret = 'The secret that signs events: no other answer contains it'
const secretExample = 'whsec_<32 random bytes in Base64>'
const status = (description: string) => describeField(z.nullable(z.int()), description, 503)

const name = describeField(z.string(), 'Name of the channel', 'Sales')
/** What a channel sends, and when. */
const settings = {
  types: describeField(z.nullable(z.array(z.enum(ALERT_TYPES))), 'Only alerts of these types; null: all'),
  segments: describeField(
    z.nullable(z.array(z.enum(SEGMENTS))),
    'Only alerts about leads of these segments; null: all',
  ),
  priority_max: describeField(
    z.nullable(count),
    'Only alerts about leads of this priority or a more urgent one; null: all',
    2,
  ),
  language: describeField(z.enum(CHANNEL_LANGUAGES), 'Language of the messages'),
  digest_hour: describeField(z.nullable(count), 'Hour of the daily digest; null: alerts are sent at once', 8),
  timezone: describeField(z.string(), 'Time zone of the digest hour', 'Europe/Istanbul'),
}
const channel = z.object({
  id,
  name,
  kind: describeField(z.enum(CHANNEL_KINDS), 'What it sends to'),
  address: describeField(
    z.string(),
    'An e-mail address, or host and last four characters of a URL',
    'hooks.slack.com…x3Fq',
  ),
  ...settings,
  state: describeField(
    z.enum(CHANNEL_STATES),
    'active and failing channels get alerts; an unverified one waits for its test, and a disabled one for its next test',
  ),
  state_reason: describeField(
    z.nullable(z.string()),
    'Why it is in this state; null: all is well',
    'The receiver answered 503.',
  ),
  failing_since: describeField(maybeTime, 'Since when every message failed; null: the last one arrived'),
  created_at: describeField(time, 'When the channel was created'),
})
const alertConfig = z.object({
  channels: describeField(z.array(z.object({ id, name, ...settings })), 'The settings of all channels, oldest first'),
})
const channelList = z.object({ channels: describeField(z.array(channel), 'All channels, oldest first') })
const newChannel = z.object({
  id,
  secret: describeField(z.nullable(z.string()), `${secret}; null: the kind signs nothing`, secretExample),
})
const rotatedChannel = z.object({
  id,
  secret: describeField(z.string(), secret, secretExample),
  previous_until: describeField(maybeTime, 'Both secrets sign until then; null: the previous one has ended'),
})
const channelTest = z.object({
  channel: describeField(channel, 'The channel after the test'),
  sent: describeField(z.boolean(), 'Whether the receiver took the message'),
  status: status('HTTP status of its answer; null: none came, or the kind has none'),
  reason: describeField(z.nullable(z.string()), 'Why it was not sent; null: it was', 'The receiver answered 503.'),
  note: describeField(
    z.nullable(z.string()),
    'What the answer does not promise',
    'Teams took the message; its workflow may still fail, so look at the channel.',
  ),
})
const digestCounts = z.object({
  moves: describeField(count, 'Companies that moved', 20),
  migration: describeField(count, 'New Migration leads', 2),
  expiring: describeField(count, 'Domains that expire', 1),
  alerts: describeField(count, 'Other alerts', 3),
  channels: describeField(count, 'Channels that fail or are off', 0),
})
const loggedDigest = z.object({
  day: describeField(z.iso.date(), "Its day, in the channel's time zone", '2026-11-30'),
  from: describeField(time, 'When its period begins'),
  to: describeField(time, 'When its period ends'),
  counts: describeField(z.nullable(digestCounts), 'How much each section held; null: it is being made'),
})
const delivery = z.object({
  id: describeField(
    z.nullable(z.uuid()),
    'Id of the delivery: every attempt carries it; null: a digest that is not in the outbox',
  ),
  alert_id: describeField(z.nullable(count), 'Id of the alert; null: a digest', 42),
  type: describeField(z.nullable(z.enum(ALERT_TYPES)), 'What changed; null: a digest'),
  domain: describeField(z.nullable(z.string()), 'Domain of the lead; null: a digest', 'acme.com.tr'),
  digest: describeField(z.nullable(loggedDigest), 'The daily digest that was sent; null: an alert'),
  state: describeField(
    z.enum([...DELIVERY_STATES, 'open', 'empty']),
    'waiting: it is sent, or tried once more, at next_at; open: a digest that is being made; empty: one that had nothing to say, so that it was not sent',
  ),
  attempts: describeField(count, 'How often it was tried', 1),
  last_at: describeField(maybeTime, 'When it was last tried; null: not yet'),
  last_status: status('HTTP status of the last answer'),
  last_error: describeField(z.nullable(z.string()), 'Why the last attempt failed', 'The receiver answered 503.'),
  next_at: describeField(maybeTime, 'When it is tried next; null: it has ended'),
})
const deliveryList = z.object({
  deliveries: describeField(z.array(delivery), 'The deliveries of this page, newest first'),
  next_cursor: cursor,
})
const digestSection = z.object({
  name: describeField(z.enum(['moves', 'migration', 'expiring', 'alerts', 'channels']), 'What the section tells'),
  type: describeField(z.optional(z.enum(ALERT_TYPES)), 'Type of these alerts; absent: another section'),
  count: describeField(count, 'How much there is', 20),
  kinds: z
    .optional(
      z.array(
        z.object({
          kind: describeField(z.enum(MOVE_KINDS), 'What moved'),
          count: describeField(count, 'How many did', 14),
        }),
      ),
    )
    .check(z.describe('Moves by kind; absent: another section')),
  top: describeField(z.array(z.record(z.string(), z.unknown())), 'The most urgent few, as a webhook gets them', [
    { domain: 'acme.com.tr', old: 'reject', new: null },
  ]),
})
const digestPreview = z.object({
  channel_id: id,
  due_at: describeField(maybeTime, 'When the next digest is due; null: the channel gets its alerts at once'),
  is_worth_sending: describeField(
    z.boolean(),
    'False: there is nothing to say, so that Hunter would not send it',
    true,
  ),
  subject: describeField(z.string(), 'Subject of the mail', 'Hunter, 30 November: 20 moved'),
  text: describeField(z.string(), 'The mail as text', 'Hunter digest …'),
  html: describeField(z.string(), 'The mail as HTML', '<!doctype html>…'),
  digest: z
    .object({
      from: describeField(time, 'When the period begins: where the last digest ended, or now'),
      to: describeField(time, 'Now'),
      timezone: settings.timezone,
      sections: describeField(z.array(digestSection), 'What there is to tell, the most urgent first'),
      backup: z
        .nullable(
          z.object({
            state: describeField(z.enum(['proven', 'too-old', 'missing', 'unreadable']), 'State of the newest backup'),
            id: describeField(
              z.optional(z.string()),
              'Id of the newest proven backup; absent: none is known',
              '20261130T003000Z-e04be0',
            ),
            age_hours: describeField(z.optional(count), 'Its age', 4),
          }),
        )
        .check(z.describe('The newest proven backup; null: the installation has none')),
    })
    .check(z.describe('The same as the `data` of the event that a webhook gets')),
})
const resentDelivery = z.object({
  id: describeField(z.uuid(), 'Id of the delivery, which stays the same'),
  channel_id: id,
})

const answers = {
  alertConfig,
  channel,
  channelList,
  newChannel,
  rotatedChannel,
  channelTest,
  delivery,
  deliveryList,
  digestPreview,
  resentDelivery,
}

const CHANNEL = '0190f0a0-0000-7000-8000-000000000000'
const channelPath = {
  params: z.object({ channel: z.string().check(z.describe('Id or name of the channel')) }),
  example: { params: { channel: CHANNEL } },
}

export const channelContract = {
  answers,
  operations: {
    listChannels: {
      summary: 'List all channels, oldest first',
      description:
        'Lists the webhooks, Slack and Teams channels and e-mail addresses that alerts are sent to, with their states.',
      answer: 'channelList',
    },
    createChannel: {
      summary: 'Create a channel',
      description:
        'Creates a channel, which gets alerts once a test has arrived. The answer for a webhook contains the secret that signs its events as Standard Webhooks says, and only this answer does. There may be 100 channels.',
      idempotent: true,
      body: newChannelBody,
      example: {
        body: {
          name: 'Sales',
          kind: 'webhook',
          address: 'https://crm.acme.com.tr/hunter',
          types: ['mx_changed', 'dmarc_removed'],
          segments: ['Migration'],
          priority_max: 2,
          language: 'tr',
          digest_hour: null,
          timezone: 'Europe/Istanbul',
        },
      },
      status: 201,
      answer: 'newChannel',
      errors: [...NOT_JSON, 'CHANNELS_MAX'],
    },
    getChannel: {
      summary: 'Get a channel',
      description: 'Returns a channel with its state and the reason for it, without its address and its secret.',
      ...channelPath,
      answer: 'channel',
      errors: ['CHANNEL_NOT_FOUND', 'CHANNEL_AMBIGUOUS'],
    },
    editChannel: {
      summary: 'Change a channel',
      description:
        'Changes the fields that are given and leaves the others. A new address makes the channel unverified until a test arrives there; what waits goes to the new address then.',
      idempotent: { not: 'the same change gives the same channel' },
      params: channelPath.params,
      body: editChannelBody,
      example: { ...channelPath.example, body: { priority_max: 2, digest_hour: 8 } },
      answer: 'channel',
      errors: [...NOT_JSON, 'CHANNEL_NOT_FOUND', 'CHANNEL_AMBIGUOUS'],
    },
    getConfig: {
      summary: 'Get what each channel sends, and when',
      description:
        'Returns the settings of all channels: the filters, the language, and whether alerts are sent at once or together at an hour. `PUT` takes the same.',
      answer: 'alertConfig',
    },
    putConfig: {
      summary: 'Change what several channels send, and when',
      description:
        'Changes several channels, all or none. Fields and channels that are not given stay as they are; this neither creates nor deletes a channel.',
      idempotent: { not: 'the same change gives the same settings' },
      body: editChannelsBody,
      example: {
        body: { channels: [{ id: CHANNEL, types: ['dmarc_removed'], digest_hour: null, timezone: 'Europe/Istanbul' }] },
      },
      answer: 'alertConfig',
      errors: [...NOT_JSON, 'CHANNEL_NOT_FOUND', 'CHANNEL_AMBIGUOUS'],
    },
    testChannel: {
      summary: 'Send a test message',
      description:
        'Sends a test message at once and answers how that ended. A channel whose test arrives becomes active, also one that was disabled; an e-mail address needs the code of the message (see confirm).',
      idempotent: true,
      ...channelPath,
      answer: 'channelTest',
      errors: ['CHANNEL_NOT_FOUND', 'CHANNEL_AMBIGUOUS'],
    },
    confirmChannel: {
      summary: 'Confirm an e-mail address',
      description: 'Makes an e-mail channel active with the code that its test message brought to the reader.',
      idempotent: true,
      params: channelPath.params,
      body: confirmBody,
      example: { ...channelPath.example, body: { code: '0a2bf2ffe0' } },
      answer: 'channel',
      errors: [...NOT_JSON, 'CHANNEL_NOT_FOUND', 'CHANNEL_AMBIGUOUS'],
    },
    rotateChannel: {
      summary: 'Rotate the secret of a webhook channel',
      description:
        'Gives a webhook a new secret. Its events carry both signatures until the grace period ends; a second rotation within it ends the oldest secret.',
      idempotent: true,
      params: channelPath.params,
      body: rotateKeyBody,
      example: { ...channelPath.example, body: { grace_seconds: 3_600 } },
      answer: 'rotatedChannel',
      errors: [...NOT_JSON, 'CHANNEL_NOT_FOUND', 'CHANNEL_AMBIGUOUS'],
    },
    listDeliveries: {
      summary: 'List what was sent to a channel, and what waits',
      description:
        'Lists the alerts and the daily digests of a channel with their attempts and the last answer, newest first. A digest has its period and how much it held.',
      ...channelPath,
      query: pageQuery,
      answer: 'deliveryList',
      errors: ['VALIDATION_FAILED', 'CHANNEL_NOT_FOUND', 'CHANNEL_AMBIGUOUS'],
    },
    previewDigest: {
      summary: 'Preview the next digest of a channel',
      description:
        "Returns what the channel's next daily digest would say now, as facts, text and HTML in the channel's language, and sends nothing. Its period begins where the last digest ended; the first digest of a channel begins now.",
      ...channelPath,
      answer: 'digestPreview',
      errors: ['CHANNEL_NOT_FOUND', 'CHANNEL_AMBIGUOUS'],
    },
    resendDelivery: {
      summary: 'Send a delivery once more',
      description:
        'Queues a delivery with its old id, by which a receiver tells a repeat. It leaves within a minute, unless its address rests.',
      idempotent: true,
      params: z.object({ delivery: z.string().check(z.describe('Id of the delivery')) }),
      example: { params: { delivery: '0190f0a0-0000-7000-8000-000000000001' } },
      status: 202,
      answer: 'resentDelivery',
      errors: ['DELIVERY_NOT_FOUND', 'CHANNEL_INACTIVE'],
    },
    disableChannel: {
      summary: 'Switch a channel off',
      description: 'Ends what waits for the channel, and sends it nothing until a test arrives. Its log stays.',
      idempotent: true,
      ...channelPath,
      answer: 'channel',
      errors: ['CHANNEL_NOT_FOUND', 'CHANNEL_AMBIGUOUS'],
    },
    deleteChannel: {
      summary: 'Delete a channel',
      description: 'Deletes a channel with its log, and what waits for it. The answer shows the channel as it was.',
      idempotent: true,
      ...channelPath,
      answer: 'channel',
      errors: ['CHANNEL_NOT_FOUND', 'CHANNEL_AMBIGUOUS'],
    },
  },
} satisfies Contract<typeof channelTable, typeof answers>
