/**
 * Looks up a domain's registration: the registrar, and when it begins and ends. Uses RDAP where the registry has it,
 * TRABİS for `.tr`, and WHOIS elsewhere. A failure becomes evidence of state `unknown`, never an exception.
 */
import type { Clock } from '#platform/clock'
import { type Evidence, createPresent, judgeAbsence } from '#signals/evidence'
import { type Domain, findRegistrableDomain } from '#signals/normalise'
import type { Bootstrap } from '#signals/registration/bootstrap'
import type { Finding, RegistrationFacts } from '#signals/registration/facts'
import type { HttpGet } from '#signals/registration/http-get'
import type { Endpoint } from '#signals/registration/network'
import { RegistryProblem } from '#signals/registration/problem'
import type { Quarantine } from '#signals/registration/quarantine'
import { askRdap } from '#signals/registration/rdap'
import { readTrabis } from '#signals/registration/trabis'
import { askWhoisServer } from '#signals/registration/whois'
import type { AskWhois } from '#signals/registration/whois-query'
import { WHOIS_PORT, type WhoisServers } from '#signals/registration/whois-servers'
import { readWhois } from '#signals/registration/whois-text'
import type { Registration } from '#signals/signals'

/** Paces the questions to each registry across all workers. */
export interface RegistryPacer {
  /**
   * Waits for the turn to ask; `group` names the job that asks, and groups take turns. Resolves to false when the turn
   * does not come soon enough. Never throws.
   */
  acquire(registry: string, until: AbortSignal, group?: string): Promise<boolean>
}

export interface RegistrationDeps {
  bootstrap: Bootstrap
  whoisServers: WhoisServers
  /** WHOIS server of `.tr`. */
  trabis: Endpoint
  get: HttpGet
  askWhois: AskWhois
  pacer: RegistryPacer
  quarantine: Quarantine
  clock: Clock
}

/** `until` is the scan's budget; `group` names the job that asks. */
export async function lookUpRegistration(
  deps: RegistrationDeps,
  domain: Domain,
  until: AbortSignal,
  group?: string,
): Promise<Evidence<Registration>> {
  let registry: string | null = null
  try {
    const way = await chooseRoute(deps, domain, until)
    registry = way.registry
    return buildEvidence(await askInTurn(deps, way, { until, group }), way, deps.clock)
  } catch (error) {
    // A bug in our reading of a stranger's text must not fail a scan either.
    const rcode = error instanceof RegistryProblem ? error.rcode : 'UNREADABLE'
    return { state: 'unknown', rcode, records: [], resolver: registry, at: deps.clock.now().toISOString() }
  }
}

interface Route {
  source: Registration['source']
  registry: string
  ask: (until: AbortSignal) => Promise<Finding>
}

async function chooseRoute(deps: RegistrationDeps, domain: Domain, until: AbortSignal): Promise<Route> {
  const tld = domain.slice(domain.lastIndexOf('.') + 1)
  // A name below a private suffix, such as `firma.uk.com`, is registered with the owner of the suffix, not with a
  // registry.
  if (findRegistrableDomain(domain) !== domain)
    throw new RegistryProblem('NO_SERVER', 'it is a subdomain of another domain')
  if (tld === 'tr') return routeToTrabis(deps, domain)
  const [baseUrl] = await deps.bootstrap.findServers(domain, until).catch(() => [])
  if (baseUrl === undefined) return routeToWhois(deps, domain, await deps.whoisServers.findServer(tld, until))
  return {
    source: 'rdap',
    registry: new URL(baseUrl).host,
    ask: (until) => askRdap({ get: deps.get, now: () => deps.clock.now() }, { baseUrl, domain, until }),
  }
}

function routeToTrabis({ askWhois, trabis }: RegistrationDeps, domain: Domain): Route {
  const question = { server: trabis, query: domain, domain, read: readTrabis }
  return {
    source: 'trabis',
    registry: formatEndpoint(trabis),
    ask: (until) => askWhoisServer(askWhois, { ...question, until }),
  }
}

function routeToWhois(
  { askWhois }: RegistrationDeps,
  domain: Domain,
  server: Awaited<ReturnType<WhoisServers['findServer']>>,
): Route {
  if (!server) throw new RegistryProblem('NO_SERVER', 'the registry has neither RDAP nor WHOIS')
  const question = { server, query: server.query(domain), domain, read: readWhois }
  return {
    source: 'whois',
    registry: formatEndpoint(server),
    ask: (until) => askWhoisServer(askWhois, { ...question, until }),
  }
}

/** Appends the port only when it is unusual, as URLs do. */
function formatEndpoint({ host, port }: Endpoint): string {
  return port === WHOIS_PORT ? host : `${host}:${port}`
}

async function askInTurn(
  { pacer, quarantine }: RegistrationDeps,
  way: Route,
  { until, group }: { until: AbortSignal; group: string | undefined },
): Promise<Finding> {
  return quarantine.guard(way.registry, until, async () => {
    if (await pacer.acquire(way.registry, until, group)) return way.ask(until)
    // our own limit, not the registry's, so the next scan may ask at once
    throw new RegistryProblem('RATE_LIMITED', `no turn at ${way.registry} became free in time`, { retryAfterMs: 0 })
  })
}

function buildEvidence(finding: Finding, { source, registry }: Route, clock: Clock): Evidence<Registration> {
  const seen = { resolver: registry, at: clock.now().toISOString() }
  if (finding.outcome === 'no-such-domain') return judgeAbsence({ rcode: 'NXDOMAIN', ...seen }, [])
  const { facts } = finding
  return createPresent({ rcode: 'NOERROR', ...seen }, formatRecords(facts), { ...facts, source, registry })
}

/** Formats the facts one per line, because registries share no form. */
function formatRecords({ registrar, createdAt, expiresAt, nameServers, statuses }: RegistrationFacts): string[] {
  const lines = [
    ['registrar', registrar],
    ['created', createdAt],
    ['expires', expiresAt],
    ['name servers', nameServers.join(' ')],
    ['status', statuses.join(' ')],
  ] as const
  return lines.flatMap(([label, value]) => (value ? [`${label}: ${value}`] : []))
}
