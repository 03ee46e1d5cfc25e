/** Fields of a new channel, for the API and the command. */
import * as z from 'zod/mini'
import { defineLine, defineWholeNumber } from '#db/input-fields'
import { CHANNEL_KINDS, CHANNEL_LANGUAGES } from '#db/tables'
import { ALERT_TYPES } from '#leads/changes/change-types'
import { SEGMENTS } from '#leads/score/segment'
import { isTimezone } from '#platform/local-time'

const someOf = <const Word extends string>(words: readonly Word[], description: string, example: Word) => {
  const error = `must be a list of ${words.join(', ')}, or null for all`
  const list = z.array(z.enum(words, error), error).check(z.minLength(1, error), z.maxLength(words.length, error))
  return z.nullish(list).check(z.meta({ description, examples: [[example]] }))
}

const settings = {
  name: defineLine(1, 100).check(z.meta({ description: 'Name of the channel', examples: ['Sales'] })),
  address: z
    .string('must be text')
    .check(
      z.minLength(1, 'must not be empty'),
      z.maxLength(2_000, 'must have at most 2000 characters'),
      z.meta({ description: 'An https URL, or an e-mail address', examples: ['https://crm.acme.com.tr/hunter'] }),
    ),
  types: someOf(ALERT_TYPES, 'Only alerts of these types; null: all', 'dmarc_removed'),
  segments: someOf(SEGMENTS, 'Only alerts about leads of these segments; null: all', 'Migration'),
  priority_max: z.nullish(defineWholeNumber(1, 7)).check(
    z.meta({
      description: 'Only alerts about leads of this priority or a more urgent one; null: all',
      examples: [2],
    }),
  ),
  language: z.enum(CHANNEL_LANGUAGES, 'must be tr or en').check(z.describe('Language of the messages')),
  digest_hour: z
    .nullish(defineWholeNumber(0, 23))
    .check(z.meta({ description: 'Hour of the daily digest; null: alerts are sent at once', examples: [8] })),
  timezone: z
    .string('must be text')
    .check(
      z.maxLength(64, 'must be a name such as Europe/Istanbul'),
      z.refine(isTimezone, 'must be a name such as Europe/Istanbul'),
      z.meta({ description: 'Time zone of the digest hour', examples: ['Europe/Istanbul'] }),
    ),
}

export const newChannelBody = z.strictObject({
  ...settings,
  kind: z
    .enum(CHANNEL_KINDS, `must be one of ${CHANNEL_KINDS.join(', ')}`)
    .check(z.describe('webhook: signed events for a program; the others send text for people')),
  language: z._default(settings.language, 'tr'),
  timezone: z._default(settings.timezone, 'Europe/Istanbul'),
})

/** Fields that are absent stay as they are. */
const changes = {
  ...settings,
  name: z.optional(settings.name),
  address: z.optional(settings.address).check(
    z.meta({
      description: 'Another address of the same kind: the channel is unverified until a test arrives there',
      examples: ['https://crm.acme.com.tr/hunter'],
    }),
  ),
  language: z.optional(settings.language),
  timezone: z.optional(settings.timezone),
}

export const editChannelBody = z
  .strictObject(changes)
  .check(
    z.refine(
      (body) => Object.values(body).some((value) => value !== undefined),
      'must name at least one field to change',
    ),
  )

/** Most channels that there may be: a scan reads all of them whenever it raises an alert. */
export const CHANNELS_MAX = 100

export const editChannelsBody = z.strictObject({
  channels: z
    .array(
      z.strictObject({
        id: defineLine(1, 100).check(z.meta({ description: 'Id or name of the channel', examples: ['Sales'] })),
        ...changes,
      }),
    )
    .check(
      z.minLength(1, 'must have 1 to 100 channels'),
      z.maxLength(CHANNELS_MAX, 'must have 1 to 100 channels'),
      z.describe('The channels to change, all or none; the others stay as they are'),
    ),
})
