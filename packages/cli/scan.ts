/** `hunter scan`: looks up domains and prints the evidence. It needs no stack and stores nothing. */
import { serializeLead } from '#api/leads/serialize'
import { toSnakeCaseKeys } from '#api/http/snake-case'
import { NOT_LISTED } from '#leads/listed/listed-company'
import { SALES_LANGUAGES, type SalesLanguage, writeSalesSummary } from '#leads/sales/summary'
import { AppError } from '#platform/errors'
import type { CollectDeps } from '#signals/collect'
import { createDns } from '#signals/dns/dns'
import { NO_IP_FACTS } from '#signals/network/networks'
import { createRegistration } from '#signals/registration/create'
import { NO_CACHE } from '#signals/registration/registry-cache'
import { listUnansweredSignals } from '#signals/signals'
import { withExamples, deferCommand, withManyWords } from '#cli/command'
import { readRepeated } from '#cli/repeated'
import { mapInOrder } from '#cli/scan/in-order'
import { readInputs } from '#cli/scan/inputs'
import { createRegistryPacer } from '#cli/scan/registry-pacing'
import { formatRefusal, formatReport } from '#cli/scan/report'
import { type Outcome, scanOne } from '#cli/scan/scan-one'
import { exitOnBrokenPipe, print } from '#cli/terminal'
import { type ProcessContext, getProcessContext } from '#runtime/process-context'
import { formatCount } from '#platform/count-text'

/** Domains scanned side by side, and how many finished ones may wait for a slower one before them. */
const CONCURRENCY = { concurrency: 10, ahead: 100 }

/** A rate that registries accept from one address; bulk work through a stack has its own setting. */
const REGISTRY_QUESTIONS_PER_SECOND = 5

export const scanCommand = withManyWords(
  withExamples(
    {
      args: {
        domain: {
          type: 'positional',
          required: false,
          description: 'A domain, URL or e-mail address; several may follow',
        },
        file: {
          type: 'string',
          valueHint: 'FILE',
          description: 'File with one domain, URL or address per line; - reads standard input',
        },
        json: { type: 'boolean', description: 'Print one line of JSON for each domain, in the order given' },
        lang: { type: 'enum', options: [...SALES_LANGUAGES], default: 'en', description: 'Language of the summary' },
        resolver: {
          type: 'string',
          valueHint: 'HOST:PORT',
          description: 'Name server to ask; repeat the option to add more (default: HUNTER_DNS_SERVERS)',
        },
        registration: {
          type: 'boolean',
          default: true,
          description: 'Look up the registration by RDAP and WHOIS',
          negativeDescription: 'Skip RDAP and WHOIS',
        },
      },
      subCommands: {
        cancel: deferCommand(
          'Cancel a bulk scan: finished domains keep their results, the others are not scanned',
          () => import('#cli/scan/cancel').then((file) => file.cancelCommand),
        ),
        wait: deferCommand('Wait for bulk scans to end, and show how far they are', () =>
          import('#cli/scan/wait').then((file) => file.waitCommand),
        ),
        redrive: deferCommand('Send dead-lettered scan batches back to the queue, once their cause is fixed', () =>
          import('#cli/scan/redrive').then((file) => file.redriveCommand),
        ),
      },
      run: async ({ args, rawArgs }) => {
        if (args._.length === 0 && args.file === undefined) throw new AppError('USAGE', 'give a domain or --file')
        exitOnBrokenPipe()
        const context = getProcessContext('cli')
        const given = readRepeated(rawArgs, 'resolver')
        const servers = given.length > 0 ? given : context.settings.HUNTER_DNS_SERVERS
        const deps = inUsersWords(given, () => scanDeps(context, servers, args.registration))
        const budgetMs = context.settings.HUNTER_SCAN_BUDGET_MS
        const counts: Counts = { scanned: 0, refused: 0, silent: 0 }
        const outcomes = mapInOrder(readInputs(args._, args.file), CONCURRENCY, (input) =>
          scanOne(deps, input, budgetMs),
        )
        for await (const outcome of outcomes) {
          count(counts, outcome)
          print(args.json ? formatJson(outcome, args.lang) : formatText(outcome, args.lang))
        }
        requireAnswers(counts)
      },
    },
    [
      'npx hunter scan firma.com.tr',
      'npx hunter scan https://www.firma.com.tr info@other.com --json --no-registration',
      'npx hunter scan --file domains.txt --resolver 127.0.0.1:5353 --resolver 192.0.2.53:53',
    ],
  ),
)

/** Names the option rather than the setting in an error about the name servers. */
function inUsersWords<T>(given: string[], make: () => T): T {
  try {
    return make()
  } catch (thrown) {
    const isOption = given.length > 0 && thrown instanceof AppError && thrown.code === 'SETTING_INVALID'
    throw isOption ? new AppError('USAGE', `--resolver: ${thrown.message}`, { cause: thrown.cause }) : thrown
  }
}

function scanDeps({ settings, clock }: ProcessContext, servers: string[], withRegistration: boolean): CollectDeps {
  const queryTimeoutMs = settings.HUNTER_DNS_QUERY_TIMEOUT_MS
  const dns = createDns({ servers, queryTimeoutMs, clock })
  const asked = { dns, clock, ...(settings.HUNTER_IP_ENRICHMENT === 'on' && { ipFacts: NO_IP_FACTS }) }
  if (!withRegistration || settings.HUNTER_REGISTRATION === 'off') return asked
  const registration = createRegistration({
    bootstrapUrl: settings.HUNTER_RDAP_BOOTSTRAP_URL,
    trabisServer: settings.HUNTER_TRABIS_SERVER,
    dnsServers: servers,
    queryTimeoutMs,
    pacer: createRegistryPacer(REGISTRY_QUESTIONS_PER_SECOND, () => clock.now().getTime()),
    cache: NO_CACHE,
    clock,
  })
  return { ...asked, registration }
}

function formatJson({ input, refusal, lead }: Outcome, language: SalesLanguage): string {
  if (lead)
    return JSON.stringify(
      toSnakeCaseKeys({ ...serializeLead(lead, NOT_LISTED), summary: writeSalesSummary(lead, language) }),
    )
  const { code, message, details } = refusal ?? new AppError('INTERNAL', 'neither scanned nor refused')
  return JSON.stringify({ input: input.text.toWellFormed(), line: input.line, error: { code, message, details } })
}

function formatText({ input, refusal, lead }: Outcome, language: SalesLanguage): string {
  return lead ? formatReport(lead, language) : formatRefusal(input.text, refusal?.message ?? '', input.line)
}

interface Counts {
  scanned: number
  refused: number
  silent: number
}

function count(counts: Counts, { lead }: Outcome): void {
  if (!lead) counts.refused += 1
  else if (listUnansweredSignals(lead.signals).includes('mx')) counts.silent += 1
  else counts.scanned += 1
}

/** Fails after everything is printed: a script must not mistake silence for an answer, nor a refusal for a scan. */
function requireAnswers({ scanned, refused, silent }: Counts): void {
  const all = scanned + refused + silent
  if (refused > 0)
    throw new AppError('DOMAIN_INVALID', `not a domain: ${refused} of ${formatCount(all, 'input')}; see above`)
  if (silent > 0)
    throw new AppError('DNS_UNANSWERED', `no answer for ${silent} of ${formatCount(all, 'domain')}; see above`)
}
