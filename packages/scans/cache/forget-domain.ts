import { ALL_KINDS, type ScanCache } from '#scans/cache/scan-cache'
import { MAIL_HOST } from '#scans/check-mail-hosts'
import type { Domain } from '#signals/normalise'

/** A scan needs the claim that comes with a new generation; here it ends at once. */
const CLAIM_MS = 1

/**
 * Deletes all that Redis remembers of a domain. A scan that is under way cannot write it again, because its generation
 * has ended. Returns false when Redis does not answer.
 */
export async function forgetDomain({ entries }: Pick<ScanCache, 'entries'>, domain: Domain): Promise<boolean> {
  return (await entries.invalidate(domain, [...ALL_KINDS, MAIL_HOST], CLAIM_MS)) !== undefined
}
