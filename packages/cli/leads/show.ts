import { serializeLead } from '#api/leads/serialize'
import { toSnakeCaseKeys } from '#api/http/snake-case'
import { getLead } from '#leads/get-lead'
import { SALES_LANGUAGES, type SalesLanguage, writeSalesSummary } from '#leads/sales/summary'
import type { Lead } from '#leads/store'
import { normaliseDomain } from '#signals/normalise'
import { withExamples } from '#cli/command'
import { indentText, formatReport } from '#cli/scan/report'
import { paint, print } from '#cli/terminal'
import { formatTime } from '#cli/time-text'
import { withDatabase } from '#cli/with-database'

export const showCommand = withExamples(
  {
    args: {
      domain: { type: 'positional', required: true, description: 'A domain, URL or e-mail address' },
      lang: { type: 'enum', options: [...SALES_LANGUAGES], default: 'en', description: 'Language of the summary' },
      json: { type: 'boolean', description: 'Print JSON' },
    },
    run: async ({ args }) => {
      const domain = normaliseDomain(args.domain)
      const lead = await withDatabase((db) => getLead(db, domain))
      print(args.json ? jsonOf(lead, args.lang) : textOf(lead, args.lang))
    },
  },
  [
    'npx hunter leads show firma.com.tr',
    'npx hunter leads show firma.com.tr --lang tr',
    'npx hunter leads show firma.com.tr --json',
  ],
)

function jsonOf(lead: Lead, language: SalesLanguage): string {
  return JSON.stringify(toSnakeCaseKeys({ ...serializeLead(lead), summary: writeSalesSummary(lead, language) }))
}

function textOf(lead: Lead, language: SalesLanguage): string {
  const { callScript } = writeSalesSummary(lead, language)
  return [
    formatReport(lead, language),
    indentText(callScript),
    '',
    paint('dim', `  scanned ${formatTime(lead.signals.at)}`),
  ].join('\n')
}
