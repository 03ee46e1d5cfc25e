/**
 * Finds the provider behind a name, by the fingerprints and an administrator's overrides; overrides take precedence.
 */
import { type Fingerprint, FINGERPRINTS, type ProviderOverride } from '#signals/provider/fingerprints'

export interface Match {
  fingerprint: Fingerprint
  suffix: string
  /** True for an administrator's override. */
  isOverride: boolean
}

type NameSignal = 'mx' | 'spf' | 'dkim' | 'autodiscover' | 'ns'

/** Matches whole labels from the right; the longest suffix wins. `name` is lower case without a trailing dot. */
export type Matcher = (signal: NameSignal, name: string) => Match | null

/**
 * Memoises the matcher of a list, because a process reads its overrides once a minute and every scan of that minute
 * passes the same list. The caller must not change the list.
 */
const matchers = new WeakMap<readonly ProviderOverride[], Matcher>()

export function getMatcher(overrides: readonly ProviderOverride[]): Matcher {
  if (overrides.length === 0) return matchBuiltIn
  const matcher = matchers.get(overrides) ?? compile(overrides)
  matchers.set(overrides, matcher)
  return matcher
}

function compile(overrides: readonly ProviderOverride[]): Matcher {
  const own = indexOverrides(overrides)
  return (signal, name) => matchLongestSuffix(own[signal], name) ?? matchBuiltIn(signal, name)
}

/** Selectors worth asking for when the owners of these names handle the mail. */
export function listImpliedSelectors(matches: readonly (Match | null)[]): string[] {
  return matches.flatMap((match) => (match ? [...match.fingerprint.ownSelectors, ...match.fingerprint.selectors] : []))
}

/** Finds the provider whose customers alone use this DKIM selector. */
export function findSelectorOwner(selector: string): Fingerprint | undefined {
  return SELECTOR_OWNERS.get(selector)
}

const SELECTOR_OWNERS = new Map(
  FINGERPRINTS.flatMap((each) => each.ownSelectors.map((selector) => [selector, each] as const)),
)

type Index = ReadonlyMap<string, Match>

const BUILT_IN: Record<NameSignal, Index> = {
  mx: indexBy(({ mx }) => mx),
  spf: indexBy(({ spf }) => spf),
  dkim: indexBy(({ dkim }) => dkim),
  // Mail hosts often serve autodiscover as well; filters do not.
  autodiscover: indexBy(({ role, mx, autodiscover }) => (role === 'mailbox' ? [...mx, ...autodiscover] : [])),
  ns: indexBy(({ ns }) => ns),
}

function matchBuiltIn(signal: NameSignal, name: string): Match | null {
  return matchLongestSuffix(BUILT_IN[signal], name)
}

function indexBy(suffixesOf: (fingerprint: Fingerprint) => readonly string[]): Index {
  return new Map(
    FINGERPRINTS.flatMap((fingerprint) =>
      suffixesOf(fingerprint).map((suffix) => [suffix, { fingerprint, suffix, isOverride: false }] as const),
    ),
  )
}

function indexOverrides(overrides: readonly ProviderOverride[]): Record<NameSignal, Index> {
  const byId = new Map(FINGERPRINTS.map((each) => [each.id, each]))
  const index = { mx: new Map(), spf: new Map(), ns: new Map(), dkim: new Map(), autodiscover: new Map() }
  for (const { suffix, signal, providerId } of overrides) {
    const fingerprint = byId.get(providerId)
    if (fingerprint) index[signal].set(suffix, { fingerprint, suffix, isOverride: true })
  }
  return index
}

function matchLongestSuffix(index: Index, name: string): Match | null {
  for (let suffix = name; suffix;) {
    const match = index.get(suffix)
    if (match) return match
    const dot = suffix.indexOf('.')
    suffix = dot < 0 ? '' : suffix.slice(dot + 1)
  }
  return null
}
