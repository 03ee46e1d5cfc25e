/** Merges the signals of two scans of one domain. */
import type { Evidence, Present } from '#signals/evidence'
import { type CnameChain, type ChainedSignal, type Dkim, SIGNAL_NAMES, type Signals, type Spf } from '#signals/signals'

/**
 * The later answer of each signal wins, and a failed look-up never replaces an answer. The result does not depend on
 * the order of the two, so a slow scan that ends late cannot undo a newer one.
 */
export function mergeSignals(one: Signals, other: Signals): Signals {
  const [older, newer] = one.at <= other.at ? [one, other] : [other, one]
  const choices: Partial<Record<string, Choose<never>>> = CHOICES
  const merged = SIGNAL_NAMES.map((name) => [name, mergeEvidence(older[name], newer[name], choices[name])])
  return { ...newer, ...Object.fromEntries(merged) } as Signals
}

/** Chooses between two values when part of the later one is unanswered. */
type Choose<T> = (earlier: Present<T>, later: Present<T>) => Present<unknown>

function mergeEvidence(older: Evidence<unknown>, newer: Evidence<unknown>, choose?: Choose<never>): Evidence<unknown> {
  // UNPROVEN does not show the record, but it shows that the earlier proof of absence is gone.
  if (newer.rcode === 'UNPROVEN' && older.state === 'absent') return newer
  if (newer.state === 'unknown' && older.state !== 'unknown') return older
  if (older.state === 'unknown') return newer
  const [earlier, later] = older.at <= newer.at ? [older, newer] : [newer, older]
  if (!choose || earlier.state !== 'present' || later.state !== 'present') return later
  return choose(earlier as Present<never>, later as Present<never>)
}

/** Keeps the earlier verdict while the record is the same. */
function chooseSpf(earlier: Present<Spf>, later: Present<Spf>): Present<Spf> {
  const isSame = later.value.record !== null && later.value.record === earlier.value.record
  const isLost = later.value.verdict === 'undetermined' && earlier.value.verdict !== 'undetermined'
  return isSame && isLost ? earlier : later
}

/** Keeps the earlier chain when the later one breaks off along the same way: it has not become shorter. */
function chooseCnameChain(earlier: Present<CnameChain>, later: Present<CnameChain>): Present<CnameChain> {
  if (later.value.unanswered.length === 0) return later
  const isSameWay = later.value.targets.every((target, at) => earlier.value.targets[at] === target)
  const knowsMore = earlier.value.unanswered.length === 0 || earlier.value.targets.length > later.value.targets.length
  return isSameWay && knowsMore ? earlier : later
}

/** Keeps what a selector held when that selector did not answer. */
function chooseDkim(earlier: Present<Dkim>, later: Present<Dkim>): Present<Dkim> {
  if (later.value.unanswered.length === 0) return later
  const isMissing = (selector: string) => later.value.unanswered.some((name) => isSelectorName(name, selector))
  const selectors = earlier.value.selectors.filter(isMissing)
  const targets = earlier.value.targets.filter(({ selector }) => isMissing(selector))
  const filled = [...selectors, ...targets.map(({ selector }) => selector)]
  const unanswered = later.value.unanswered.filter((name) => !filled.some((selector) => isSelectorName(name, selector)))
  const value = {
    selectors: [...new Set([...later.value.selectors, ...selectors])],
    targets: [...later.value.targets.filter(({ selector }) => !filled.includes(selector)), ...targets],
    unanswered,
  }
  if (earlier.value.unanswered.length === 0 && holdsSame(value, earlier.value)) return earlier
  const records = earlier.records.filter((record) => filled.some((selector) => isSelectorName(record, selector)))
  return { ...later, records: [...new Set([...later.records, ...records])], value }
}

function holdsSame(one: Dkim, other: Dkim): boolean {
  const contents = ({ selectors, targets }: Dkim) =>
    [...selectors, ...targets.map(({ selector, target }) => `${selector} ${target}`)].toSorted().join('\n')
  return contents(one) === contents(other)
}

function isSelectorName(name: string, selector: string): boolean {
  return name.startsWith(`${selector}._domainkey.`)
}

const CHOICES: { [Name in ChainedSignal]: Choose<Extract<Signals[Name], { state: 'present' }>['value']> } = {
  spf: chooseSpf,
  dkim: chooseDkim,
  autodiscover: chooseCnameChain,
  lyncdiscover: chooseCnameChain,
  sip: chooseCnameChain,
  enterpriseRegistration: chooseCnameChain,
  enterpriseEnrollment: chooseCnameChain,
  msoid: chooseCnameChain,
}
