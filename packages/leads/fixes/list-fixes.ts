/** Owns fixes: what to publish so that a lead's score gains what its counterfactuals promise. Pure. */
import { fixDmarc } from '#leads/fixes/dmarc-fix'
import { ask, listService, type Remedy } from '#leads/fixes/fix'
import { fixSpf } from '#leads/fixes/spf-fix'
import type { Lead } from '#leads/store'
import { FINGERPRINTS } from '#signals/provider/fingerprints'

const REMEDIES = {
  'spf.valid': fixSpf,
  'dkim.found': fixDkim,
  'dmarc.reject': fixDmarc,
  'registration.lasting': fixRegistration,
} satisfies Record<string, (lead: Lead) => Remedy>

export type FixRule = keyof typeof REMEDIES

export interface Fix extends Remedy {
  /** The rule that the score then has. */
  rule: FixRule
  /** What the score gains. */
  points: number
}

/** What gains most comes first. */
export function listFixes(lead: Lead): Fix[] {
  const gains = lead.score.breakdown.flatMap(({ counterfactual }) => counterfactual ?? [])
  return gains
    .flatMap(({ rule, points }) => (isFixRule(rule) ? [{ rule, points, ...REMEDIES[rule](lead) }] : []))
    .toSorted((a, b) => b.points - a.points)
}

function isFixRule(rule: string): rule is FixRule {
  return rule in REMEDIES
}

/** Only the provider knows the keys: it shows them when an administrator switches signing on. */
function fixDkim(lead: Lead): Remedy {
  const { domain, provider } = lead
  const { mailbox } = provider
  const found = FINGERPRINTS.find(({ id }) => id === mailbox.id)
  const selectors = [...(found?.selectors ?? []), ...(found?.ownSelectors ?? [])]
  if (selectors.length === 0) return ask({ code: 'dkim-service', about: listService(lead) })
  const hosts = selectors.map((selector) => `${selector}._domainkey.${domain}`)
  return ask({ code: 'dkim-values', about: [mailbox.name, ...hosts] })
}

function fixRegistration({ signals: { registration } }: Lead): Remedy {
  const registrar = registration.state === 'present' ? registration.value.registrar : null
  return ask({ code: 'renewal', about: registrar === null ? [] : [registrar] })
}
