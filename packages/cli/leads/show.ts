import { serializeLead } from '#api/leads/serialize'
import { toSnakeCaseKeys } from '#api/http/snake-case'
import { getLead } from '#leads/get-lead'
import { findListed } from '#leads/listed/find-listed'
import { type ListedCompany, saysSomething } from '#leads/listed/listed-company'
import { SALES_LANGUAGES, type SalesLanguage, writeSalesSummary } from '#leads/sales/summary'
import type { Lead } from '#leads/store'
import { normaliseDomain } from '#signals/normalise'
import { withExamples } from '#cli/command'
import { toPrintable } from '#cli/printable'
import { indentText, formatReport } from '#cli/scan/report'
import { formatTable } from '#cli/table'
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
      const { lead, listed } = await withDatabase(async (db) => ({
        lead: await getLead(db, domain),
        listed: await findListed(db, domain),
      }))
      print(args.json ? formatJson(lead, listed, args.lang) : formatText(lead, listed, args.lang))
    },
  },
  [
    'npx hunter leads show firma.com.tr',
    'npx hunter leads show firma.com.tr --lang tr',
    'npx hunter leads show firma.com.tr --json',
  ],
)

function formatJson(lead: Lead, listed: ListedCompany, language: SalesLanguage): string {
  return JSON.stringify(toSnakeCaseKeys({ ...serializeLead(lead, listed), summary: writeSalesSummary(lead, language) }))
}

function formatText(lead: Lead, listed: ListedCompany, language: SalesLanguage): string {
  const { callScript } = writeSalesSummary(lead, language)
  return [
    ...(saysSomething(listed) ? [formatListed(listed)] : []),
    formatReport(lead, language),
    indentText(callScript),
    '',
    paint('dim', `  scanned ${formatTime(lead.signals.at)}`),
  ].join('\n')
}

/** What the lists say, before what the scan found. */
function formatListed({ company, emailDomain, fields }: ListedCompany): string {
  const named = [{ name: 'e-mail domain', value: emailDomain ?? '' }, ...fields].filter(({ value }) => value !== '')
  const rows = named.map(({ name, value }) => [toPrintable(name), toPrintable(value)])
  const title = company === null ? [] : [paint('bold', toPrintable(company))]
  const table = rows.length === 0 ? [] : [formatTable(['from lists', ''], rows, { wraps: [''] })]
  return `${[...title, indentText(table.join('\n'))].join('\n')}\n`
}
