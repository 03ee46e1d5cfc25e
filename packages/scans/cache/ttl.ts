/**
 * How long what a scan saw may be used again. Every life counts from the moment of the answer, which travels with it, so
 * that nothing lives longer because it was copied, joined or judged. Times are milliseconds since the epoch. Pure.
 */
import type { Answer } from '#signals/dns/dns'
import { type Evidence, isUnanswered } from '#signals/evidence'
import { type Registration, type Signals, listUnansweredSignals } from '#signals/signals'

export const DNS_TTL_MS = 3_600_000
export const WHOIS_TTL_MS = 86_400_000
export const SCAN_TTL_MS = 3_600_000
/** TTL of a missing answer, because another query may succeed. */
export const UNKNOWN_TTL_MS = 60_000

/** The records' own lives in the DNS are not looked at: Node tells them of addresses alone. */
export function computeAnswerExpiryMs({ rcode, at }: Pick<Answer<unknown>, 'rcode' | 'at'>): number {
  const isAnswer = rcode === 'NOERROR' || rcode === 'NODATA' || rcode === 'NXDOMAIN'
  return Date.parse(at) + (isAnswer ? DNS_TTL_MS : UNKNOWN_TTL_MS)
}

export function computeRegistrationExpiryMs(registration: Evidence<Registration>): number {
  if (registration.state !== 'unknown') return Date.parse(registration.at) + WHOIS_TTL_MS
  // Registration is not applicable or turned off; a retry cannot change that.
  return isUnanswered(registration) ? Date.parse(registration.at) + UNKNOWN_TTL_MS : Infinity
}

/** Whether it may stand in for a look-up: a registry's refusal, or ours, says nothing about the domain. */
export function isCacheable(registration: Evidence<Registration>): boolean {
  return registration.state !== 'unknown' || (isUnanswered(registration) && registration.rcode !== 'RATE_LIMITED')
}

interface ScanInputs {
  signals: Signals
  answers: Iterable<Answer<unknown>>
}

/** Expiry of a judgement on these signals: the earliest expiry of its inputs. */
export function computeInputsExpiryMs({ signals, answers }: ScanInputs): number {
  const createNoAnswerError = listUnansweredSignals(signals).map(
    (name) => Date.parse(signals[name].at) + UNKNOWN_TTL_MS,
  )
  return Math.min(
    computeRegistrationExpiryMs(signals.registration),
    ...[...answers].map(computeAnswerExpiryMs),
    ...createNoAnswerError,
  )
}

/** No server answered for the signals that matter most, so nothing is worth caching. */
export function isSilent({ mx, spf, dmarc }: Signals): boolean {
  return [mx, spf, dmarc].every(({ state }) => state === 'unknown')
}
