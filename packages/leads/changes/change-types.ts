/** The types of changes that the log records, and which of them raise an alert. */
import type { CHANGE_CAUSES } from '#db/tables'

export const CHANGE_TYPES = [
  'mx_changed',
  'spf_added',
  'spf_removed',
  'spf_changed',
  'spf_broken',
  'spf_repaired',
  'dkim_added',
  'dkim_removed',
  'dmarc_added',
  'dmarc_removed',
  'dmarc_weakened',
  'dmarc_strengthened',
  'dmarc_changed',
  'ns_changed',
  'mta_sts_added',
  'mta_sts_removed',
  'tls_rpt_added',
  'tls_rpt_removed',
  'bimi_added',
  'bimi_removed',
  'registrar_changed',
  'domain_expiring',
  'domain_renewed',
  'provider_changed',
  'gateway_changed',
  'segment_changed',
  'score_changed',
] as const
export type ChangeType = (typeof CHANGE_TYPES)[number]

/** Changes that raise an alert. Removing a DMARC record is the strongest weakening, so it raises one too. */
export const ALERT_TYPES = [
  'mx_changed',
  'dmarc_added',
  'dmarc_removed',
  'dmarc_weakened',
  'domain_expiring',
  'segment_changed',
] as const satisfies ChangeType[]
export type AlertType = (typeof ALERT_TYPES)[number]

export type ChangeCause = (typeof CHANGE_CAUSES)[number]

export interface Change {
  type: ChangeType
  /** Records, policies, dates, provider ids and segments are text; scores are numbers. null: there was none. */
  old: string | number | null
  new: string | number | null
  cause: ChangeCause
  /** ISO time in UTC when the newer scan began, or when the rules were applied. */
  at: string
}

export type Difference = Omit<Change, 'cause' | 'at'>

/** A signal as comparable text. undefined: unknown; null: absent. */
export type SignalText = string | null | undefined

export function compareValues(type: ChangeType, old: SignalText | number, now: SignalText | number): Difference[] {
  return old === undefined || now === undefined || old === now ? [] : [{ type, old, new: now }]
}
