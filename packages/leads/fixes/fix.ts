/** The shape of a fix: the records to publish for what would raise a score, and what a person must answer first. */
import type { Lead } from '#leads/store'
import type { MailboxKind } from '#signals/provider/fingerprints'

export interface ZoneRecord {
  /** The full name, without a trailing dot. */
  host: string
  type: 'TXT'
  /** As one text; a zone file splits it after 255 bytes. */
  value: string
  ttlSeconds: number
}

interface FixStep {
  /** Days to wait after the step before. */
  afterDays: number
  /** Records that end with this step, as they are published today. */
  remove: Pick<ZoneRecord, 'host' | 'type' | 'value'>[]
  publish: ZoneRecord[]
}

export const QUESTIONS = [
  'mail-service',
  'other-senders',
  'senders-in-use',
  'term-meant',
  'include-faulty',
  'loop',
  'mx-hosts',
  'scan-again',
  'report-mailbox',
  'reports-clean',
  'signatures-first',
  'dkim-values',
  'dkim-service',
  'renewal',
] as const

/** What only a person can answer: it stands where a record would be a guess. `about` has names, hosts or terms. */
export interface Question {
  code: (typeof QUESTIONS)[number]
  about: string[]
}

export interface Remedy {
  steps: FixStep[]
  questions: Question[]
  /** True: a scan after the last step gives the points. False: an answer is missing, or only the scan can tell. */
  isCertain: boolean
}

/** An hour: long enough for resolvers, and short enough to take a mistake back. */
export const TTL_SECONDS = 3_600

const NAMELESS = new Set<MailboxKind>(['own-server', 'none', 'unknown'])

/** Names the service that was seen; a server of the company's own has no name to say. */
export function listService({ provider: { mailbox } }: Lead): string[] {
  return NAMELESS.has(mailbox.kind) ? [] : [mailbox.name]
}

export function ask(...questions: Question[]): Remedy {
  return { steps: [], questions, isCertain: false }
}
