/** What callers may choose, apart from the code that writes the files. */
export const EXPORT_FORMATS = ['csv', 'xlsx'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

export const DELIMITERS = [',', ';', '|', '\t'] as const
export type Delimiter = (typeof DELIMITERS)[number]

export const MEDIA_TYPES = {
  csv: 'text/csv',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} satisfies Record<ExportFormat, string>
