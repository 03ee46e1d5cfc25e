/** Fields of a new channel, for the API and the command. */
import * as z from 'zod/mini'
import { defineLine, defineWholeNumber } from '#db/input-fields'
import { CHANNEL_KINDS, CHANNEL_LANGUAGES } from '#db/tables'
import { ALERT_TYPES } from '#leads/changes/change-types'
import { SEGMENTS } from '#leads/score/segment'
import { isTimezone } from '#platform/local-time'

const someOf = <const Word extends string>(words: readonly Word[], description: string) => {
  const error = `must be a list of ${words.join(', ')}, or null for all`
  const list = z.array(z.enum(words, error), error).check(z.minLength(1, error), z.maxLength(words.length, error))
  return z.nullish(list).check(z.describe(description))
}

export const newChannelBody = z.strictObject({
  name: defineLine(1, 100).check(z.describe('Name of the channel')),
  kind: z
    .enum(CHANNEL_KINDS, `must be one of ${CHANNEL_KINDS.join(', ')}`)
    .check(z.describe('webhook: signed events for a program; the others send text for people')),
  address: z
    .string('must be text')
    .check(
      z.minLength(1, 'must not be empty'),
      z.maxLength(2_000, 'must have at most 2000 characters'),
      z.describe('An https URL, or an e-mail address'),
    ),
  types: someOf(ALERT_TYPES, 'Only alerts of these types; null: all'),
  segments: someOf(SEGMENTS, 'Only alerts about leads of these segments; null: all'),
  priority_max: z
    .nullish(defineWholeNumber(1, 7))
    .check(z.describe('Only alerts about leads of this priority or a more urgent one; null: all')),
  language: z._default(
    z.enum(CHANNEL_LANGUAGES, 'must be tr or en').check(z.describe('Language of the messages')),
    'tr',
  ),
  digest_hour: z
    .nullish(defineWholeNumber(0, 23))
    .check(z.describe('Hour of the day at which alerts are sent together; null: at once')),
  timezone: z._default(
    z
      .string('must be text')
      .check(
        z.maxLength(64, 'must be a name such as Europe/Istanbul'),
        z.refine(isTimezone, 'must be a name such as Europe/Istanbul'),
        z.describe('Time zone of the digest hour'),
      ),
    'Europe/Istanbul',
  ),
})
