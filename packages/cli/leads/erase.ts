import { v7 } from 'uuid'
import { type Erasure, eraseLead } from '#leads/erasure/erase-lead'
import { createErasureKey } from '#leads/erasure/hash-domain'
import { AppError } from '#platform/errors'
import { getResource } from '#runtime/resources'
import { getProcessContext } from '#runtime/process-context'
import { openScanEntries } from '#runtime/scan-entries'
import { forgetDomain } from '#scans/cache/forget-domain'
import { type Domain, normaliseDomain } from '#signals/normalise'
import { toSnakeCaseKeys } from '#api/http/snake-case'
import { getActor } from '#cli/actor'
import { withExamples } from '#cli/command'
import { paint, print } from '#cli/terminal'
import { withDatabase } from '#cli/with-database'
import { formatCount } from '#platform/count-text'

export const eraseCommand = withExamples(
  {
    args: {
      domain: { type: 'positional', required: true, description: 'A domain, URL or e-mail address' },
      yes: { type: 'boolean', description: 'Erase; without it, only say what would be erased' },
      json: { type: 'boolean', description: 'Print JSON' },
    },
    run: async ({ args }) => {
      const domain = normaliseDomain(args.domain)
      if (!args.yes) {
        const what = `this would erase ${domain} with its history and everything that names it, for good`
        throw new AppError('USAGE', `${what}; add --yes to do it`)
      }
      const erased = await erase(domain)
      print(args.json ? JSON.stringify(toSnakeCaseKeys(erased)) : formatErased(domain, erased))
    },
  },
  ['npx hunter leads erase firma.com.tr', 'npx hunter leads erase firma.com.tr --yes'],
)

interface Erased extends Erasure {
  cachesCleared: boolean
}

function erase(domain: Domain): Promise<Erased> {
  return withDatabase(async (db) => {
    const context = getProcessContext('cli')
    const key = createErasureKey(getResource('KeyPepper').value)
    const erasure = await eraseLead({ db, clock: context.clock, newId: () => v7(), key }, { domain, actor: getActor() })
    const entries = openScanEntries(context)
    return { ...erasure, cachesCleared: entries !== undefined && (await forgetDomain({ entries }, domain)) }
  })
}

function formatErased(domain: Domain, { importedRows, scanInputs, cachesCleared }: Erased): string {
  const lines = [
    `${paint('green', 'Erased')} ${domain}, ${formatCount(importedRows, 'imported row')} and ${formatCount(scanInputs, 'input')} of bulk scans`,
  ]
  if (!cachesCleared)
    lines.push(paint('yellow', 'Redis did not answer; what it holds of the domain expires within 24 hours.'))
  lines.push(paint('dim', 'Backups hold it until they expire: docs/privacy.md'))
  return lines.join('\n')
}
