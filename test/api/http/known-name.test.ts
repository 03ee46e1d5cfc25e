import { expect, it } from 'vitest'
import { leadQuery } from '#api/leads/inputs'
import { validateInput } from '#api/http/validate'
import { overrideBody } from '#api/provider-overrides/inputs'
import { MAILBOX_IDS } from '#signals/provider/fingerprints'
import { judgedLead } from '../../support/arbitrary-lead.ts'
import * as fc from '../../support/seeded.ts'

it.each([
  ['googel', 'google-workspace'],
  ['google', 'google-workspace'],
  ['microsoft365', 'microsoft-365'],
  ['Microsoft-365', 'microsoft-365'],
  ['yandeks', 'yandex'],
  ['own_server', 'own-server'],
])('refuses the provider %s, which no lead can have, and suggests %s', (provider, meant) => {
  const refusal = {
    code: 'VALIDATION_FAILED',
    details: { fields: [{ field: 'provider', message: expect.any(String) }] },
  }
  expect(() => validateInput(leadQuery, { provider })).toThrow(expect.objectContaining(refusal))
  const parsed = leadQuery.safeParse({ provider })
  expect(parsed.error?.issues[0]?.message).toContain(`did you mean ${meant}`)
})

it('says of a name that resembles none what a name looks like, however long it is', () => {
  for (const provider_id of ['zzz', 'x'.repeat(100_000), '', 7, null]) {
    const issue = overrideBody.safeParse({ provider_id }).error?.issues[0]
    expect(issue?.message).toBe('must be the id of a known provider, such as microsoft-365')
  }
})

it('takes every provider that a verdict about a mailbox can name', () => {
  for (const provider of MAILBOX_IDS) expect(leadQuery.safeParse({ provider }).success).toBe(true)
  fc.assert(
    fc.property(judgedLead(), ({ provider }) => {
      expect(MAILBOX_IDS).toContain(provider.mailbox.id)
    }),
  )
})
