/**
 * Runs after each file that shares its process with others: the next one finds real time, the same environment and nothing
 * that a test replaced.
 */
import { afterAll, vi } from 'vitest'
import { restoreEnvironment } from './environment.ts'

const env = { ...process.env }

afterAll(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  restoreEnvironment()
  // a command that attaches to a stack sets more of them
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name]
  Object.assign(process.env, env)
})
