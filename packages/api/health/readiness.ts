/** Which of the parts that the API needs can be reached. */
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

interface Readiness {
  parts: PartState[]
  /** Names of the parts that are down. */
  down: string[]
  /** Every essential part is up. */
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
