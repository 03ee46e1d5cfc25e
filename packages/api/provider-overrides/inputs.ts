import * as z from 'zod/mini'
import { defineKnownName } from '#api/http/known-name'
import { defineLine } from '#db/input-fields'
import { OVERRIDE_SIGNALS } from '#db/tables'
import { PROVIDER_IDS } from '#leads/provider-overrides'
import { normaliseDomain } from '#signals/normalise'

const SUFFIX = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62}))+$/

/** A public suffix would give every company below it the same provider. */
const suffix = z
  .pipe(
    z.string().check(z.maxLength(254, 'is too long'), z.describe('Host; the override also applies to hosts below it')),
    z.transform((text: string) => text.toLowerCase().replace(/\.$/, '')),
  )
  .check(
    z.refine((text: string) => SUFFIX.test(text) && isBelowPublicSuffix(text), {
      error: 'must be a domain or a host below a domain, such as mail.provider.com',
    }),
  )

export const overrideKey = z.strictObject({
  signal: z
    .enum(OVERRIDE_SIGNALS, `must be one of ${OVERRIDE_SIGNALS.join(', ')}`)
    .check(z.describe('Signal that the override applies to')),
  suffix,
})

export const overrideBody = z.strictObject({
  provider_id: defineKnownName(PROVIDER_IDS, 'the id of a known provider').check(
    z.describe('Provider that the host belongs to'),
  ),
  note: z._default(defineLine(0, 500), '').check(z.describe('Why the override exists, for other administrators')),
})

function isBelowPublicSuffix(text: string): boolean {
  try {
    normaliseDomain(text)
    return true
  } catch {
    return false
  }
}
