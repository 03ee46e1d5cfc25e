/** Checks the address of a channel. */
import { parseAddress } from '#alerts/send/http'
import { AppError } from '#platform/errors'
import type { Network } from '#signals/registration/network'

const MAIL_ADDRESS = /^[^\s@"<>(),:;\\[\]]{1,64}@(?=.{4,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+$/i

/** @throws AppError VALIDATION_FAILED */
export function normaliseAddress(
  { isTrusted }: Pick<Network, 'isTrusted'>,
  { kind, address }: { kind: string; address: string },
): string {
  if (kind === 'email') {
    const at = address.lastIndexOf('@')
    if (MAIL_ADDRESS.test(address)) return address.slice(0, at) + address.slice(at).toLowerCase()
    throw refuseAddress('must be an e-mail address such as alerts@acme.com.tr')
  }
  const url = parseAddress(address.trim(), isTrusted)
  if (typeof url === 'string') throw refuseAddress(url)
  return url.href
}

function refuseAddress(message: string): AppError {
  const details = { fields: [{ field: 'address', message }] }
  return new AppError('VALIDATION_FAILED', `the address ${message}`, { details })
}
