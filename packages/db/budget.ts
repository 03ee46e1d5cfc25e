/**
 * How long one request may wait for the database in all, however many statements it sends. Only the waiting counts: a scan
 * spends most of its time on name servers.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

interface Budget {
  leftMs(): number
  begin(): void
  end(): void
}

const current = new AsyncLocalStorage<Budget>()

/** Whatever `work` asks the database has this long together; a budget inside of another has its own time. */
export function runWithinBudget<T>(budgetMs: number, work: () => Promise<T>): Promise<T> {
  return current.run(createBudget(budgetMs), work)
}

/** Returns Infinity without a budget. */
export function getBudgetLeftMs(): number {
  return current.getStore()?.leftMs() ?? Infinity
}

/** Counts the time until `end` is called. */
export function beginWait(): { end: () => void } {
  const budget = current.getStore()
  budget?.begin()
  return { end: () => budget?.end() }
}

/** What is waited for side by side counts once. */
function createBudget(budgetMs: number): Budget {
  let spentMs = 0
  let waits = 0
  let sinceMs = 0
  const soFarMs = () => spentMs + (waits > 0 ? performance.now() - sinceMs : 0)
  return {
    leftMs: () => Math.max(0, budgetMs - soFarMs()),
    begin() {
      if (waits === 0) sinceMs = performance.now()
      waits += 1
    },
    end() {
      spentMs = waits === 1 ? soFarMs() : spentMs
      waits -= 1
    },
  }
}
