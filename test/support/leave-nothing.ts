/** Runs after each file that shares its process with others: the next one finds real time and nothing spied on. */
import { afterAll, vi } from 'vitest'

afterAll(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})
