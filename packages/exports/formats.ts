/** What callers may choose, apart from the code that writes the files. */
export const EXPORT_FORMATS = ['csv', 'xlsx'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

/** A file has these without a choice, in this order. The names are those of the API's fields. */
export const DEFAULT_COLUMNS = [
  'domain',
  'company',
  'segment',
  'segment_reason',
  'priority',
  'provisional',
  'score',
  'score_min',
  'score_max',
  'mailbox',
  'gateway',
  'email_domain',
  'referral',
  'rules_version',
  'scanned_at',
] as const
/** They are empty without IP enrichment. */
export const NETWORK_COLUMNS = ['mail_networks', 'mail_countries', 'web_networks', 'web_countries'] as const
/** Stands for the other columns of the imported lists, each of which becomes a column of its own. */
export const FIELDS = 'fields'
export const EXPORT_COLUMNS = [...DEFAULT_COLUMNS, ...NETWORK_COLUMNS, FIELDS] as const
export type ExportColumn = (typeof EXPORT_COLUMNS)[number]

export const DELIMITERS = [',', ';', '|', '\t'] as const
export type Delimiter = (typeof DELIMITERS)[number]

export const MEDIA_TYPES = {
  csv: 'text/csv',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} satisfies Record<ExportFormat, string>
