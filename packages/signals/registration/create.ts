/** Puts the look-up together from settings and from what only `runtime/` and the commands have. */
import type { Clock } from '#platform/clock'
import type { CollectDeps } from '#signals/collect'
import { createDns } from '#signals/dns/dns'
import { createBootstrap } from '#signals/registration/bootstrap'
import { createHttpGet } from '#signals/registration/http-get'
import type { Keep } from '#signals/registration/keep'
import { lookUpRegistration, type RegistrationDeps, type RegistryTurns } from '#signals/registration/look-up'
import { createNetwork, type Place } from '#signals/registration/network'
import { createQuarantine } from '#signals/registration/quarantine'
import { createAskWhois } from '#signals/registration/whois-query'
import { createWhoisServers, WHOIS_PORT } from '#signals/registration/whois-servers'

interface RegistrationOptions {
  /** Other than IANA's: a list that the operator vouches for, whose own host may then be anywhere. */
  bootstrapUrl?: string | undefined
  /** Other than TRABİS itself: `host` or `host:port`, anywhere. */
  trabisServer?: string | undefined
  /** Name servers as `address` or `address:port`; empty: the system's. */
  dnsServers: readonly string[]
  queryTimeoutMs: number
  turns: RegistryTurns
  keep: Keep
  clock: Clock
}

const BOOTSTRAP_URL = 'https://data.iana.org/rdap/dns.json'
const IANA: Place = { host: 'whois.iana.org', port: WHOIS_PORT }
const TRABIS: Place = { host: 'whois.trabis.gov.tr', port: WHOIS_PORT }
const CONNECT_TIMEOUT_MS = 1_500

export function createRegistration(options: RegistrationOptions): NonNullable<CollectDeps['registration']> {
  const { bootstrapUrl, trabisServer, dnsServers, queryTimeoutMs, turns, keep, clock } = options
  const trusted = [
    ...(bootstrapUrl ? [placeOfUrl(bootstrapUrl)] : []),
    ...(trabisServer ? [placeOf(trabisServer)] : []),
  ]
  const network = createNetwork(createDns({ servers: dnsServers, queryTimeoutMs, clock }), trusted)
  const get = createHttpGet({ network, connectTimeoutMs: CONNECT_TIMEOUT_MS })
  const askWhois = createAskWhois({ network, connectTimeoutMs: CONNECT_TIMEOUT_MS })
  const quarantine = createQuarantine(clock)
  const deps: RegistrationDeps = {
    bootstrap: createBootstrap({ url: bootstrapUrl ?? BOOTSTRAP_URL, get, keep, clock }),
    whoisServers: createWhoisServers({ askWhois, iana: IANA, quarantine, keep, clock }),
    trabis: trabisServer ? placeOf(trabisServer) : TRABIS,
    get,
    askWhois,
    turns,
    quarantine,
    clock,
  }
  return (...question) => lookUpRegistration(deps, ...question)
}

function placeOfUrl(url: string): Place {
  const { hostname, port, protocol } = new URL(url)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || (protocol === 'https:' ? 443 : 80) }
}

function placeOf(server: string): Place {
  const { hostname, port } = new URL(`tcp://${server}`)
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || WHOIS_PORT }
}
