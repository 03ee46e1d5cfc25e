/** `hunter signals evaluate`: scans domains whose provider is known, and prints how often the verdict agrees. */
import { assessLead } from '#leads/assess'
import { readRows } from '#ingest/read-rows'
import { AppError, getErrorMessage } from '#platform/errors'
import { collectSignals } from '#signals/collect'
import { createDns } from '#signals/dns/dns'
import { type Evaluation, evaluateVerdicts, type Labelled, parseProviderLabel } from '#signals/evaluate'
import { type Domain, normaliseDomain } from '#signals/normalise'
import { withExamples } from '#cli/command'
import { mapInOrder } from '#cli/scan/in-order'
import { formatTable } from '#cli/table'
import { paint, print } from '#cli/terminal'
import { getProcessContext } from '#runtime/process-context'
import { formatCount } from '#platform/count-text'

const CONCURRENCY = { concurrency: 10, ahead: 100 }

export const evaluateCommand = withExamples(
  {
    args: {
      file: {
        type: 'positional',
        required: true,
        valueHint: 'FILE',
        description: 'CSV file or workbook; each row has a domain and its provider, such as firma.com.tr,microsoft-365',
      },
      json: { type: 'boolean', description: 'Print one JSON object' },
      resolver: {
        type: 'string',
        valueHint: 'HOST:PORT',
        description: 'Name server to ask (default: HUNTER_DNS_SERVERS)',
      },
    },
    run: async ({ args }) => {
      const { settings, clock } = getProcessContext('cli')
      const servers = args.resolver === undefined ? settings.HUNTER_DNS_SERVERS : [args.resolver]
      const dns = createDns({ servers, queryTimeoutMs: settings.HUNTER_DNS_QUERY_TIMEOUT_MS, clock })
      const budgetMs = settings.HUNTER_SCAN_BUDGET_MS
      const items: Labelled[] = []
      const scanned = mapInOrder(readLabels(args.file), CONCURRENCY, async ({ domain, label }) => {
        const signals = await collectSignals({ dns, clock }, domain, { budgetMs })
        return { label, verdict: assessLead(signals).provider, signals: { mx: signals.mx } }
      })
      for await (const item of scanned) items.push(item)
      const evaluation = evaluateVerdicts(items)
      print(args.json ? JSON.stringify(evaluation) : formatReport(evaluation))
    },
  },
  ['npx hunter signals evaluate labelled.csv', 'npx hunter signals evaluate labelled.csv --json'],
)

interface Label {
  domain: Domain
  label: string
}

/** @throws AppError USAGE when the file cannot be read, CSV_INVALID for a row without a domain and a known provider */
async function* readLabels(file: string): AsyncGenerator<Label> {
  let isFirst = true
  for await (const row of readFileRows(file)) {
    if ('broken' in row) throw new AppError('CSV_INVALID', `line ${row.line}: ${row.broken}`)
    const label = parseLabel(row.cells)
    if (label !== null) yield label
    else if (!isFirst)
      throw new AppError(
        'CSV_INVALID',
        `line ${row.line}: expected a domain and its provider, such as firma.com.tr,microsoft-365`,
      )
    isFirst = false // the first row may be a heading
  }
}

/** Returns null when the row does not name a domain and a provider we know. */
function parseLabel([name = '', label = '']: string[]): Label | null {
  const provider = parseProviderLabel(label)
  if (provider === null) return null
  try {
    return { domain: normaliseDomain(name), label: provider }
  } catch {
    return null
  }
}

async function* readFileRows(file: string) {
  try {
    yield* (await readRows(file)).rows
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('USAGE', `the file cannot be read: ${getErrorMessage(cause)}`, { cause })
  }
}

function formatReport({ domains, accuracy, labels, unnamed }: Evaluation): string {
  const rows = labels.map(({ label, labelled, found, correct, unknown, precision, recall }) => [
    label,
    labelled,
    found,
    correct,
    unknown,
    precision === null ? '-' : percent(precision),
    percent(recall),
  ])
  const columns = ['provider', 'labelled', 'found', 'correct', 'unknown', 'precision', 'recall']
  const parts = [
    `${formatCount(domains, 'domain')}, ${percent(accuracy)} as labelled`,
    '',
    formatTable(columns, rows, { leaves: ['found', 'unknown', 'correct'] }),
  ]
  if (unnamed.length === 0) return parts.join('\n')
  const suffixes = formatTable(
    ['MX suffix', 'domains'],
    unnamed.map(({ suffix, domains }) => [suffix, domains]),
  )
  return [...parts, '', paint('bold', 'Suffixes that no fingerprint covers'), suffixes].join('\n')
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
