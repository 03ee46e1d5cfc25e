import { Resource } from 'sst/resource'
import { vi } from 'vitest'

const LINK = 'SST_RESOURCE_'
/** What SST has read: the object takes further links. */
const links = Resource as unknown as Record<string, unknown>

/** Sets variables until the test file ends. SST reads its links once in a process, so these go straight to their place. */
export function stubEnvironment(env: Record<string, string>): void {
  for (const [name, value] of Object.entries(env)) {
    vi.stubEnv(name, value)
    if (name.startsWith(LINK)) links[name.slice(LINK.length)] = JSON.parse(value)
  }
}

export function restoreEnvironment(): void {
  vi.unstubAllEnvs()
  for (const name of Object.keys(links)) delete links[name]
}
