/** Creates the registration look-up from settings and the connections of the process. */
import type { Clock } from '#platform/clock'
import type { CollectDeps } from '#signals/collect'
import { createDns } from '#signals/dns/dns'
import { createBootstrap } from '#signals/registration/bootstrap'
import { createHttpGet } from '#signals/registration/http-get'
import type { RegistryCache } from '#signals/registration/registry-cache'
import { lookUpRegistration, type RegistrationDeps, type RegistryPacer } from '#signals/registration/look-up'
import { createNetwork, type Endpoint } from '#signals/registration/network'
import { createQuarantine } from '#signals/registration/quarantine'
import { createAskWhois } from '#signals/registration/whois-query'
import { createWhoisServers, WHOIS_PORT } from '#signals/registration/whois-servers'

interface RegistrationOptions {
  /** Replaces IANA's list. The operator vouches for it, so its host may have any address. */
  bootstrapUrl?: string | undefined
  /** Replaces the TRABİS server: `host` or `host:port`, at any address. */
  trabisServer?: string | undefined
  /** Name servers as `address` or `address:port`; empty: the system's. */
  dnsServers: readonly string[]
  queryTimeoutMs: number
  pacer: RegistryPacer
  cache: RegistryCache
  clock: Clock
}

const BOOTSTRAP_URL = 'https://data.iana.org/rdap/dns.json'
const IANA: Endpoint = { host: 'whois.iana.org', port: WHOIS_PORT }
const TRABIS: Endpoint = { host: 'whois.trabis.gov.tr', port: WHOIS_PORT }
const CONNECT_TIMEOUT_MS = 1_500

export function createRegistration(options: RegistrationOptions): NonNullable<CollectDeps['registration']> {
  const { bootstrapUrl, trabisServer, dnsServers, queryTimeoutMs, pacer, cache, clock } = options
  const trusted = [
    ...(bootstrapUrl ? [parseUrlEndpoint(bootstrapUrl)] : []),
    ...(trabisServer ? [parseEndpoint(trabisServer)] : []),
  ]
  const network = createNetwork(createDns({ servers: dnsServers, queryTimeoutMs, clock }), trusted)
  const get = createHttpGet({ network, connectTimeoutMs: CONNECT_TIMEOUT_MS })
  const askWhois = createAskWhois({ network, connectTimeoutMs: CONNECT_TIMEOUT_MS })
  const quarantine = createQuarantine(clock)
  const deps: RegistrationDeps = {
    bootstrap: createBootstrap({ url: bootstrapUrl ?? BOOTSTRAP_URL, get, cache, clock }),
    whoisServers: createWhoisServers({ askWhois, iana: IANA, quarantine, cache, clock }),
    trabis: trabisServer ? parseEndpoint(trabisServer) : TRABIS,
    get,
    askWhois,
    pacer,
    quarantine,
    clock,
  }
  return (...question) => lookUpRegistration(deps, ...question)
}

function parseUrlEndpoint(url: string): Endpoint {
  const { hostname, port, protocol } = new URL(url)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80) }
}

function parseEndpoint(server: string): Endpoint {
  const { hostname, port } = new URL(`tcp://${server}`)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || WHOIS_PORT }
}
