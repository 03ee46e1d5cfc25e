import { Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { ok } from '#api/http/envelope'
import { AppError } from '#platform/errors'

export interface ReadinessDeps {
  parts: HealthPart[]
  /** Whether the database is at this code's revision. */
  isMigrated: () => Promise<boolean>
  /** A part that takes longer is down. */
  timeoutMs: number
}

export interface HealthPart {
  name: string
  /** Without it nothing works; without another one, some things do. */
  essential: boolean
  check: () => Promise<unknown>
}

interface PartState {
  name: string
  state: 'up' | 'down'
  ms: number
}

/** No key is asked for here, so nothing is said but which part is up. */
export function readinessRoutes({ parts, isMigrated, timeoutMs }: ReadinessDeps): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>()

  routes.get('/healthz/ready', async (c) => {
    const states = await Promise.all(parts.map((part) => stateOf(part, timeoutMs)))
    const down = states.filter(({ state }) => state === 'down').map(({ name }) => name)
    const missing = parts.filter(({ name, essential }) => essential && down.includes(name))
    if (missing.length > 0) {
      throw new AppError('NOT_READY', `not ready: ${down.join(', ')} down`, { details: { parts: states } })
    }
    const status = down.length > 0 ? 'degraded' : 'ready'
    return ok(c, { status, parts: states }, { message: down.length > 0 ? `${down.join(', ')} down` : 'ready' })
  })

  routes.get('/healthz/startup', async (c) => {
    if (!(await isMigrated())) throw new AppError('NOT_READY', 'the database is not migrated')
    return ok(c, { status: 'started' }, { message: 'started' })
  })

  return routes
}

async function stateOf({ name, check }: HealthPart, timeoutMs: number): Promise<PartState> {
  const startedMs = performance.now()
  const timeout = Promise.withResolvers<never>()
  const timer = setTimeout(() => timeout.reject(new Error('timeout')), timeoutMs)
  const state = await Promise.race([check(), timeout.promise]).then(
    () => 'up' as const,
    () => 'down' as const,
  )
  clearTimeout(timer)
  return { name, state, ms: Math.round(performance.now() - startedMs) }
}
