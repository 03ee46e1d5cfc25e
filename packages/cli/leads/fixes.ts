import { toSnakeCaseKeys } from '#api/http/snake-case'
import { explainFixes } from '#leads/fixes/explain-fixes'
import { formatZoneLine } from '#leads/fixes/zone-line'
import { getLead } from '#leads/get-lead'
import { SALES_LANGUAGES } from '#leads/sales/summary'
import { normaliseDomain } from '#signals/normalise'
import { withExamples } from '#cli/command'
import { toPrintable } from '#cli/printable'
import { paint, print } from '#cli/terminal'
import { withDatabase } from '#cli/with-database'
import { formatCount } from '#platform/count-text'

export const fixesCommand = withExamples(
  {
    args: {
      domain: { type: 'positional', required: true, description: 'A domain, URL or e-mail address' },
      lang: { type: 'enum', options: [...SALES_LANGUAGES], default: 'en', description: 'Language of the texts' },
      json: { type: 'boolean', description: 'Print JSON' },
    },
    run: async ({ args }) => {
      const domain = normaliseDomain(args.domain)
      const lead = await withDatabase((db) => getLead(db, domain))
      const fixes = explainFixes(lead, args.lang)
      if (args.json) return print(JSON.stringify(toSnakeCaseKeys({ domain, fixes, scannedAt: lead.signals.at })))
      print(
        fixes.length === 0 ? 'Nothing that Hunter could check would raise the score.' : fixes.map(format).join('\n\n'),
      )
    },
  },
  ['npx hunter leads fixes firma.com.tr', 'npx hunter leads fixes firma.com.tr --lang tr'],
)

type ExplainedFix = ReturnType<typeof explainFixes>[number]

/** As lines of a zone file; a minus marks what goes, and a plus what comes. */
function format({ title, points, text, steps, questions }: ExplainedFix): string {
  const lines = steps.flatMap(({ afterDays, remove, publish }, at) => [
    `  ${at + 1}.${afterDays > 0 ? ` ${formatCount(afterDays, 'day')} later` : ''}`,
    ...remove.map((record) => paint('red', `  - ${toPrintable(formatZoneLine(record))}`)),
    ...publish.map((record) => paint('green', `  + ${toPrintable(formatZoneLine(record))}`)),
  ])
  const asked = questions.map((question) => `  ? ${toPrintable(question.text)}`)
  return [`${paint('bold', title)}  +${points}`, `  ${text}`, ...lines, ...asked].join('\n')
}
