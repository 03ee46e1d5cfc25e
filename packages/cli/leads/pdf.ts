import { writeLeadPdf } from '#exports/pdf/lead-pdf'
import { getLead } from '#leads/get-lead'
import { findListed } from '#leads/listed/find-listed'
import { SALES_LANGUAGES } from '#leads/sales/summary'
import { normaliseDomain } from '#signals/normalise'
import { withExamples } from '#cli/command'
import { createFile, openOutput } from '#cli/output'
import { paint, print } from '#cli/terminal'
import { withDatabase } from '#cli/with-database'

const OUTPUT = '-'

export const pdfCommand = withExamples(
  {
    args: {
      domain: { type: 'positional', required: true, description: 'A domain, URL or e-mail address' },
      file: {
        type: 'positional',
        required: false,
        valueHint: 'FILE',
        description: 'A new file (default: DOMAIN-LANGUAGE.pdf in this folder); - means the standard output',
      },
      lang: {
        type: 'enum',
        alias: 'language',
        options: [...SALES_LANGUAGES],
        default: 'en',
        description: 'Language of the PDF',
      },
    },
    run: async ({ args }) => {
      const domain = normaliseDomain(args.domain)
      const path = args.file ?? `${domain}-${args.lang}.pdf`
      const target = path === OUTPUT ? openOutput('pdf') : await createFile(path)
      try {
        const { lead, listed } = await withDatabase(async (db) => ({
          lead: await getLead(db, domain),
          listed: await findListed(db, domain),
        }))
        await target.write(await writeLeadPdf(lead, args.lang, listed))
        await target.finish()
      } catch (thrown) {
        await target.discard()
        throw thrown
      }
      if (path !== OUTPUT) print(`${paint('green', 'Wrote')} ${path}`)
    },
  },
  ['npx hunter leads pdf firma.com.tr', 'npx hunter leads pdf firma.com.tr firma.pdf --lang tr'],
)
