/** Reads one e-mail address by RFC 5321, RFC 6531 and IDNA. Pure: nothing is asked. */
import { domainToUnicode } from 'node:url'
import { ADDRESS_OCTETS_MAX, type AddressUse, findAddressUse } from '#signals/mail/generic-addresses'
import { isMailProvider } from '#signals/mail/mail-domains'
import { type Domain, normaliseMailHost } from '#signals/normalise'
import { AppError, getErrorMessage } from '#platform/errors'

export const ADDRESS_FAULTS = {
  empty: 'the text is empty',
  'no-at': 'the text has no @ between a local part and a domain',
  'local-empty': 'the part before the @ is empty',
  'local-too-long': 'the part before the @ has more than 64 octets (RFC 5321 section 4.5.3.1.1)',
  'local-dots': 'the part before the @ begins or ends with a dot, or has two in a row',
  'local-characters': 'the part before the @ has a character that only a quoted part may have',
  'local-quotes': 'the quoted part before the @ is not closed, or has a character that it may not have',
  'domain-invalid': 'the part after the @ is not a domain that can receive mail',
  'address-literal': 'the address names a server by its IP address, not a domain',
  'too-long': `the address has more than ${ADDRESS_OCTETS_MAX} octets (RFC 5321 section 4.5.3.1.3)`,
} as const
export type AddressFault = keyof typeof ADDRESS_FAULTS

export interface MailAddress {
  /** As a mail server takes it: the local part as it was typed, the domain in lower case and punycode. */
  address: string
  local: string
  /** Where the mail goes, in punycode. */
  host: string
  /** The same as people read it. */
  hostUnicode: string
  /** The company's domain. */
  domain: Domain
  /** Behind the first `+`, which many providers deliver to the mailbox before it; null when there is none. */
  tag: string | null
  isQuoted: boolean
  /** The local part is not ASCII: every server on the way must speak SMTPUTF8 (RFC 6531). */
  needsSmtputf8: boolean
  /** `service`: a mailbox such as postmaster; null: it may be a person's. */
  role: AddressUse | 'service' | null
  /** The domain is a mail provider's, so it names no company. */
  isConsumerMailbox: boolean
}

export type ParsedAddress = { address: MailAddress } | { fault: AddressFault; reason: string }

const LOCAL_OCTETS_MAX = 64
/** RFC 5322 section 3.2.3, and RFC 6531 section 3.3 for what is beyond ASCII. */
const ATEXT = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\u{10FFFF}-]+$/u
/** RFC 5321 section 4.1.2: printable ASCII, where a backslash may stand before any of it. */
const QUOTED = /^"(?:[ !#-[\]-~\u0080-\u{10FFFF}]|\\[ -~])*"$/u
/** Controls, separators, and what has no glyph: two addresses could look alike. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]|[^\P{Z} ]/u

export function parseMailAddress(input: string): ParsedAddress {
  const text = input.trim()
  if (text === '') return describeFault('empty')
  const at = text.lastIndexOf('@')
  if (at < 0) return describeFault('no-at')
  const local = text.slice(0, at)
  const fault = findLocalFault(local)
  if (fault) return describeFault(fault)
  try {
    return readAddress(local, text.slice(at + 1))
  } catch (thrown) {
    if (!(thrown instanceof AppError) || thrown.code !== 'DOMAIN_INVALID') throw thrown
    const isLiteral = thrown.details?.['reason'] === 'ip-address'
    return isLiteral ? describeFault('address-literal') : { fault: 'domain-invalid', reason: getErrorMessage(thrown) }
  }
}

function findLocalFault(local: string): AddressFault | undefined {
  if (local === '') return 'local-empty'
  if (Buffer.byteLength(local) > LOCAL_OCTETS_MAX) return 'local-too-long'
  if (local.startsWith('"')) return QUOTED.test(local) && !HIDDEN.test(local) ? undefined : 'local-quotes'
  const atoms = local.split('.')
  if (atoms.includes('')) return 'local-dots'
  return atoms.every((atom) => ATEXT.test(atom)) && !HIDDEN.test(local) ? undefined : 'local-characters'
}

/** @throws AppError DOMAIN_INVALID */
function readAddress(local: string, typedHost: string): ParsedAddress {
  const { host, domain } = normaliseMailHost(typedHost)
  const address = `${local}@${host}`
  if (Buffer.byteLength(address) > ADDRESS_OCTETS_MAX) return describeFault('too-long')
  const isQuoted = local.startsWith('"')
  const plus = isQuoted ? -1 : local.indexOf('+')
  return {
    address: {
      address,
      local,
      host,
      hostUnicode: domainToUnicode(host),
      domain,
      tag: plus > 0 ? local.slice(plus + 1) : null,
      isQuoted,
      needsSmtputf8: /[^\0-\x7f]/.test(local),
      role: findAddressUse(plus > 0 ? local.slice(0, plus) : local),
      isConsumerMailbox: isMailProvider(domain),
    },
  }
}

function describeFault(fault: AddressFault): ParsedAddress {
  return { fault, reason: ADDRESS_FAULTS[fault] }
}
