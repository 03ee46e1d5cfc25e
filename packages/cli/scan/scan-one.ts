import { assessLead } from '#leads/assess'
import type { Lead } from '#leads/store'
import { AppError } from '#platform/errors'
import { type CollectDeps, collectSignals } from '#signals/collect'
import { normaliseDomain } from '#signals/normalise'
import type { ScanInput } from '#cli/scan/inputs'

export interface Outcome {
  input: ScanInput
  /** Set when the input was no domain. */
  refusal?: AppError
  lead?: Lead
}

/** Returns a bad input as an outcome, so that it does not stop the others. */
export async function scanOne(deps: CollectDeps, input: ScanInput, budgetMs: number): Promise<Outcome> {
  try {
    const domain = normaliseDomain(input.text)
    return { input, lead: assessLead(await collectSignals(deps, domain, { budgetMs })) }
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'DOMAIN_INVALID') return { input, refusal: thrown }
    throw thrown
  }
}
