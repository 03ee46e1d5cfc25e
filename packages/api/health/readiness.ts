/** Checks which dependencies of the API are reachable. */
export interface ReadinessDeps {
  parts: HealthPart[]
  /** True when the database has every migration of this code. */
  isMigrated: () => Promise<boolean>
  /** A check that takes longer counts as down. */
  timeoutMs: number
}

export interface HealthPart {
  name: string
  /** True: the API is not ready without it. False: the API is degraded without it. */
  essential: boolean
  check: () => Promise<unknown>
}

interface PartState {
  name: string
  state: 'up' | 'down'
  ms: number
}

interface Readiness {
  parts: PartState[]
  /** Names of the parts that are down. */
  down: string[]
  /** True when every essential part is up. */
  isReady: boolean
}

export async function checkParts({ parts, timeoutMs }: Omit<ReadinessDeps, 'isMigrated'>): Promise<Readiness> {
  const states = await Promise.all(parts.map((part) => checkPart(part, timeoutMs)))
  const down = states.filter(({ state }) => state === 'down').map(({ name }) => name)
  return { parts: states, down, isReady: !parts.some(({ name, essential }) => essential && down.includes(name)) }
}

async function checkPart({ name, check }: HealthPart, timeoutMs: number): Promise<PartState> {
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
