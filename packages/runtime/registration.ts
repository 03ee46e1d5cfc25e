/** Wires registration look-ups for deployed functions: Redis paces and caches them. */
import { setTimeout as pause } from 'node:timers/promises'
import * as z from 'zod/mini'
import { type CacheDeps, type CacheKind, createCache } from '#redis/cache'
import type { Limiter } from '#redis/limiter'
import type { ProcessContext } from '#runtime/process-context'
import { createRegistryPacer } from '#scans/registry-pacing'
import type { CollectDeps } from '#signals/collect'
import { createRegistration } from '#signals/registration/create'
import type { RegistryCache } from '#signals/registration/registry-cache'

/** Part of the scan's budget: DNS usually needs less than what remains. */
const TURN_WAIT_MS = 1_500
const DAY_MS = 86_400_000

/** Returns undefined when the settings turn registration data off. */
export function createRegistrationLookUp(
  context: ProcessContext,
  cache: Omit<CacheDeps, 'log'>,
  limits: { registry: Limiter; background: { registry: Limiter } },
): CollectDeps['registration'] {
  const { settings, clock } = context
  if (settings.HUNTER_REGISTRATION === 'off') return undefined
  const pacing = {
    limiter: limits.registry,
    background: limits.background.registry,
    clock,
    pause: (ms: number) => pause(ms),
    waitMs: TURN_WAIT_MS,
  }
  return createRegistration({
    bootstrapUrl: settings.HUNTER_RDAP_BOOTSTRAP_URL,
    trabisServer: settings.HUNTER_TRABIS_SERVER,
    dnsServers: settings.HUNTER_DNS_SERVERS,
    queryTimeoutMs: settings.HUNTER_DNS_QUERY_TIMEOUT_MS,
    pacer: createRegistryPacer(pacing),
    cache: cacheInRedis({ ...cache, log: context.log }),
    clock,
  })
}

/** Registry addresses change rarely; without the cache every instance would look them up. */
const REGISTRIES: CacheKind<Record<string, unknown>> = {
  name: 'registries',
  version: 1,
  ttlMs: 30 * DAY_MS,
  schema: z.record(z.string(), z.unknown()),
  charsMax: 1024 * 1024, // one entry names the server of every TLD
}

function cacheInRedis(deps: CacheDeps): RegistryCache {
  const cache = createCache(deps)
  return {
    read: (name) => cache.getJson(REGISTRIES, name),
    write: (name, value, ttlMs) => cache.setJson(REGISTRIES, name, { ...value }, ttlMs),
  }
}
