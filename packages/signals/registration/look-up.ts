/**
 * Registration data of a domain: who registered it, since when and until when. RDAP where the registry has it, WHOIS
 * elsewhere, TRABİS for `.tr`. Whatever goes wrong is evidence that nothing is known, never an exception.
 */
import type { Clock } from '#platform/clock'
import { type Evidence, present, withoutRecord } from '#signals/evidence'
import { type Domain, registrableDomainOf } from '#signals/normalise'
import type { Bootstrap } from '#signals/registration/bootstrap'
import type { Finding, RegistrationFacts } from '#signals/registration/facts'
import type { HttpGet } from '#signals/registration/http-get'
import type { Place } from '#signals/registration/network'
import { RegistryProblem } from '#signals/registration/problem'
import type { Quarantine } from '#signals/registration/quarantine'
import { askRdap } from '#signals/registration/rdap'
import { readTrabis } from '#signals/registration/trabis'
import { askWhoisServer } from '#signals/registration/whois'
import type { AskWhois } from '#signals/registration/whois-query'
import { WHOIS_PORT, type WhoisServers } from '#signals/registration/whois-servers'
import { readWhois } from '#signals/registration/whois-text'
import type { Registration } from '#signals/signals'

/** The right to ask a registry one question, at the pace that all workers share. */
export interface RegistryTurns {
  /** `group`: on whose behalf; groups take turns. False when it does not come soon enough. Never throws. */
  take(registry: string, until: AbortSignal, group?: string): Promise<boolean>
}

export interface RegistrationDeps {
  bootstrap: Bootstrap
  whoisServers: WhoisServers
  /** The registry of `.tr`, over WHOIS. */
  trabis: Place
  get: HttpGet
  askWhois: AskWhois
  turns: RegistryTurns
  quarantine: Quarantine
  clock: Clock
}

/** `until` is the scan's budget; `group`: on whose behalf it asks. */
export async function lookUpRegistration(
  deps: RegistrationDeps,
  domain: Domain,
  until: AbortSignal,
  group?: string,
): Promise<Evidence<Registration>> {
  let registry: string | null = null
  try {
    const way = await wayTo(deps, domain, until)
    registry = way.registry
    return evidenceOf(await askInTurn(deps, way, { until, group }), way, deps.clock)
  } catch (error) {
    // A fault of ours in reading a stranger's text must not fail a scan either.
    const rcode = error instanceof RegistryProblem ? error.rcode : 'UNREADABLE'
    return { state: 'unknown', rcode, records: [], resolver: registry, at: deps.clock.now().toISOString() }
  }
}

interface Way {
  source: Registration['source']
  registry: string
  ask: (until: AbortSignal) => Promise<Finding>
}

async function wayTo(deps: RegistrationDeps, domain: Domain, until: AbortSignal): Promise<Way> {
  const tld = domain.slice(domain.lastIndexOf('.') + 1)
  // Names below a private suffix, such as `firma.uk.com`, are in no registry's books but their owner's.
  if (registrableDomainOf(domain) !== domain)
    throw new RegistryProblem('NO_SERVER', 'it is a subdomain of another domain')
  if (tld === 'tr') return wayToTrabis(deps, domain)
  const [baseUrl] = await deps.bootstrap.serversOf(domain, until).catch(() => [])
  if (baseUrl === undefined) return wayToWhois(deps, domain, await deps.whoisServers.serverOf(tld, until))
  return {
    source: 'rdap',
    registry: new URL(baseUrl).host,
    ask: (until) => askRdap({ get: deps.get, now: () => deps.clock.now() }, { baseUrl, domain, until }),
  }
}

function wayToTrabis({ askWhois, trabis }: RegistrationDeps, domain: Domain): Way {
  const question = { server: trabis, query: domain, domain, read: readTrabis }
  return {
    source: 'trabis',
    registry: nameOf(trabis),
    ask: (until) => askWhoisServer(askWhois, { ...question, until }),
  }
}

function wayToWhois(
  { askWhois }: RegistrationDeps,
  domain: Domain,
  server: Awaited<ReturnType<WhoisServers['serverOf']>>,
): Way {
  if (!server) throw new RegistryProblem('NO_SERVER', 'the registry has neither RDAP nor WHOIS')
  const question = { server, query: server.query(domain), domain, read: readWhois }
  return {
    source: 'whois',
    registry: nameOf(server),
    ask: (until) => askWhoisServer(askWhois, { ...question, until }),
  }
}

/** With the port only where it is not the usual one, as in URLs. */
function nameOf({ host, port }: Place): string {
  return port === WHOIS_PORT ? host : `${host}:${port}`
}

async function askInTurn(
  { turns, quarantine }: RegistrationDeps,
  way: Way,
  { until, group }: { until: AbortSignal; group: string | undefined },
): Promise<Finding> {
  return quarantine.guard(way.registry, until, async () => {
    if (await turns.take(way.registry, until, group)) return way.ask(until)
    // our own limit, not the registry's: the next scan may ask at once
    throw new RegistryProblem('RATE_LIMITED', `no turn at ${way.registry}`, { retryAfterMs: 0 })
  })
}

function evidenceOf(finding: Finding, { source, registry }: Way, clock: Clock): Evidence<Registration> {
  const seen = { resolver: registry, at: clock.now().toISOString() }
  if (finding.outcome === 'no-such-domain') return withoutRecord({ rcode: 'NXDOMAIN', ...seen }, [])
  const { facts } = finding
  return present({ rcode: 'NOERROR', ...seen }, recordsOf(facts), { ...facts, source, registry })
}

/** What the verdict rests on, in the registry's absence of a common form: one line a fact. */
function recordsOf({ registrar, createdAt, expiresAt, nameServers, statuses }: RegistrationFacts): string[] {
  const lines = [
    ['registrar', registrar],
    ['created', createdAt],
    ['expires', expiresAt],
    ['name servers', nameServers.join(' ')],
    ['status', statuses.join(' ')],
  ] as const
  return lines.flatMap(([label, value]) => (value ? [`${label}: ${value}`] : []))
}
