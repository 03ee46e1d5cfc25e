/** The verdict on one e-mail address, from its syntax and from what its host says about mail. Pure. */
import { ADDRESS_FAULTS, type AddressFault, type ParsedAddress } from '#signals/mail/mail-address'
import type { MailHostFacts, MailState } from '#signals/mail/mail-host'

export const ADDRESS_VERDICTS = ['plausible', 'undeliverable', 'invalid', 'unknown'] as const
type AddressVerdict = (typeof ADDRESS_VERDICTS)[number]

export const ADDRESS_REASONS = [
  'mx',
  'address-only',
  'null-mx',
  'no-mail',
  'no-domain',
  'unknown',
  ...(Object.keys(ADDRESS_FAULTS) as AddressFault[]),
] as const satisfies (AddressFault | MailState)[]

interface JudgedAddress {
  verdict: AddressVerdict
  reason: AddressFault | MailState
  message: string
}

const BY_STATE: Record<MailState, { verdict: AddressVerdict; message: string }> = {
  mx: { verdict: 'plausible', message: 'the syntax is right and the domain has mail servers' },
  'address-only': {
    verdict: 'plausible',
    message:
      'the syntax is right; the domain has no MX record, so mail goes to the address of the host, which may not take any',
  },
  'null-mx': { verdict: 'undeliverable', message: 'the domain says that it takes no mail (null MX, RFC 7505)' },
  'no-mail': { verdict: 'undeliverable', message: 'the domain has no mail server and no address' },
  'no-domain': { verdict: 'undeliverable', message: 'the domain does not exist' },
  unknown: { verdict: 'unknown', message: 'the DNS gave no usable answer; try again in a minute' },
}

/** `facts`: of the address's host; undefined for an address without one. */
export function judgeAddress(parsed: ParsedAddress, facts: MailHostFacts | undefined): JudgedAddress {
  if ('fault' in parsed) return { verdict: 'invalid', reason: parsed.fault, message: parsed.reason }
  const state = facts?.state ?? 'unknown'
  return { reason: state, ...BY_STATE[state] }
}
