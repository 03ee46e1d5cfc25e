/**
 * Compares mailbox verdicts with labels from another source: precision, recall, and the MX hosts that no fingerprint
 * names. Pure.
 */
import { FINGERPRINTS } from '#signals/provider/fingerprints'
import { findRegistrableDomain } from '#signals/normalise'
import type { ProviderVerdict } from '#signals/provider/identify-provider'
import type { Signals } from '#signals/signals'

export interface Labelled {
  /** Identifier of a provider or a kind of mailbox, as `parseProviderLabel` returns it. */
  label: string
  verdict: Pick<ProviderVerdict, 'mailbox'>
  signals: Pick<Signals, 'mx'>
}

interface LabelResult {
  label: string
  /** Domains with this label. */
  labelled: number
  /** Domains with this verdict. */
  found: number
  /** Domains with both. */
  correct: number
  /** Labelled domains whose mailbox is unknown. */
  unknown: number
  /** `correct` divided by `found`, 0 to 1; null when `found` is 0. */
  precision: number | null
  /** `correct` divided by `labelled`, 0 to 1. */
  recall: number
}

export interface Evaluation {
  domains: number
  /** Share of all domains whose verdict is their label, 0 to 1. */
  accuracy: number
  /** Most labelled first. */
  labels: LabelResult[]
  /** Registrable domains of the best MX hosts whose mailbox is unknown: adding fingerprints for them pays most. */
  unnamed: { suffix: string; domains: number }[]
}

const UNNAMED_MAX = 50

export function evaluateVerdicts(items: readonly Labelled[]): Evaluation {
  const labels = [...Map.groupBy(items, ({ label }) => label)]
  const isCorrect = ({ label, verdict }: Labelled) => isLabel(verdict, label)
  return {
    domains: items.length,
    accuracy: divide(items.filter(isCorrect).length, items.length) ?? 0,
    labels: labels.map(([label, own]) => evaluateLabel(label, own, items)).sort((a, b) => b.labelled - a.labelled),
    unnamed: countUnnamedSuffixes(items),
  }
}

function evaluateLabel(label: string, own: Labelled[], all: readonly Labelled[]): LabelResult {
  const found = all.filter(({ verdict }) => isLabel(verdict, label)).length
  const correct = own.filter(({ verdict }) => isLabel(verdict, label)).length
  const unknown = own.filter(({ verdict }) => verdict.mailbox.kind === 'unknown').length
  const recall = divide(correct, own.length) ?? 0
  return { label, labelled: own.length, found, correct, unknown, precision: divide(correct, found), recall }
}

function isLabel({ mailbox }: Labelled['verdict'], label: string): boolean {
  return mailbox.id === label || mailbox.kind === label
}

function countUnnamedSuffixes(items: readonly Labelled[]): Evaluation['unnamed'] {
  const suffixes = items.flatMap(({ verdict, signals: { mx } }) => {
    const host = mx.state === 'present' && verdict.mailbox.kind === 'unknown' ? mx.value.hosts[0]?.host : undefined
    return host === undefined ? [] : [findRegistrableDomain(host) ?? host]
  })
  const counted = [...Map.groupBy(suffixes, (suffix) => suffix)].map(([suffix, all]) => ({
    suffix,
    domains: all.length,
  }))
  return counted.sort((a, b) => b.domains - a.domains || (a.suffix < b.suffix ? -1 : 1)).slice(0, UNNAMED_MAX)
}

function divide(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * 10_000) / 10_000
}

const KINDS = [
  'microsoft-365',
  'google',
  'mailbox',
  'hosting',
  'own-server',
  'consumer',
  'public-sector',
  'none',
  'unknown',
]
const OTHER_NAMES: Record<string, string> = {
  microsoft: 'microsoft-365',
  microsoft365: 'microsoft-365',
  m365: 'microsoft-365',
  office365: 'microsoft-365',
  outlook: 'microsoft-365',
  gmail: 'google',
  googleworkspace: 'google',
  own: 'own-server',
  selfhosted: 'own-server',
}

/**
 * Returns the provider or kind that people mean by a label such as `Microsoft 365`, `microsoft_365` or `M365`; null for
 * an unknown name.
 */
export function parseProviderLabel(text: string): string | null {
  const plain = text.toLowerCase().replace(/[^a-z0-9]/g, '')
  const other = OTHER_NAMES[plain]
  if (other !== undefined) return other
  const names = [...KINDS, ...FINGERPRINTS.filter(({ role }) => role === 'mailbox').map(({ id }) => id)]
  return names.find((name) => name.replaceAll('-', '') === plain) ?? null
}
