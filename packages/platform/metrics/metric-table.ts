/**
 * Declares every metric. A label takes only the values listed here: each value makes a series that is stored, sent and
 * paid for, so a domain, key or address is never a label.
 */
type Labels = Readonly<Record<string, readonly string[]>>

interface CounterEntry<L extends Labels> {
  help: string
  labels: L
  /** CloudWatch metrics that the counter adds to. Keep them few: each costs money every month. */
  cloudWatch: (labels: Record<keyof L, string>) => string[]
}

const counter = <const L extends Labels>(
  help: string,
  labels: L,
  cloudWatch: CounterEntry<L>['cloudWatch'],
): CounterEntry<L> => ({ help, labels, cloudWatch })

export const COUNTERS = {
  hunter_requests_total: counter(
    'Requests answered, by class of their status.',
    { class: ['2xx', '3xx', '4xx', '5xx'] },
    ({ class: statusClass }) => [`Requests${statusClass}`],
  ),
  hunter_deprecated_calls_total: counter(
    'Calls of deprecated paths (without /api/v1) and of retired features.',
    { feature: ['legacy-path', 'notes', 'tags', 'favorites'] },
    () => ['DeprecatedCalls'],
  ),
  hunter_limit_decisions_total: counter(
    'Decisions of the limiters; by memory: Redis did not answer, so the instance decided alone.',
    { rule: ['ip', 'failed_key', 'key', 'dns', 'registry'], outcome: ['allowed', 'limited'], by: ['redis', 'memory'] },
    ({ outcome, by }) => [
      outcome === 'allowed' ? 'LimitAllowed' : 'LimitLimited',
      ...(by === 'memory' ? ['LimitDegraded'] : []),
    ],
  ),
  hunter_breaker_changes_total: counter(
    'Times that the circuit breaker to Redis opened or closed.',
    { to: ['open', 'closed'] },
    () => [],
  ),
  hunter_cache_reads_total: counter(
    'Cache reads, by kind of entry; error: Redis did not answer.',
    { kind: ['dns', 'whois', 'provider', 'scoring', 'scan', 'registries', 'other'], outcome: ['hit', 'miss', 'error'] },
    ({ outcome }) => [`Cache${capital(outcome)}`],
  ),
  hunter_scan_batches_total: counter(
    'Batches of bulk scans; repeated: committed before.',
    { outcome: ['committed', 'repeated', 'failed'] },
    ({ outcome }) => [`Batches${capital(outcome)}`],
  ),
  hunter_scan_domains_total: counter(
    'Domains that bulk scans finished.',
    { outcome: ['done', 'failed'] },
    ({ outcome }) => [`Domains${capital(outcome)}`],
  ),
  hunter_rescans_total: counter(
    'Leads that the schedule took up; put_back: people came first.',
    { outcome: ['done', 'failed', 'put_back'] },
    ({ outcome }) => (outcome === 'done' ? ['RescansDone'] : []),
  ),
  hunter_alert_messages_total: counter(
    'Messages to alert channels; failed: one attempt, which may be repeated.',
    { outcome: ['sent', 'failed'] },
    ({ outcome }) => [`Alerts${capital(outcome)}`],
  ),
} as const

interface HistogramEntry {
  help: string
  /** Upper bounds in seconds, ascending; larger values count as +Inf. */
  bounds: readonly number[]
  cloudWatch: string
}

export const HISTOGRAMS = {
  hunter_dns_query_seconds: {
    help: 'Time until a DNS query was answered or given up.',
    bounds: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    cloudWatch: 'DnsQuerySeconds',
  },
  hunter_scan_seconds: {
    help: 'Time for all queries about a domain, without the wait for its turn.',
    bounds: [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16],
    cloudWatch: 'ScanSeconds',
  },
} as const satisfies Record<string, HistogramEntry>

export const GAUGES = {
  hunter_breaker_open: '1 while the instance that answers bypasses Redis.',
  hunter_metrics_shared: '1: the counts of all instances; 0: Redis did not answer, so the counts of one.',
  hunter_alerts_oldest_due_seconds: 'How long the oldest alert has been due that nothing keeps from being sent.',
  hunter_rescans_behind_seconds: 'How long the oldest lead has been due for a rescan.',
} as const

/** Counters and histograms are in this namespace. */
export const METRICS_NAMESPACE = 'Hunter'

/** Emitted separately, for the alarm: 1 while an instance bypasses Redis. */
export const BREAKER_METRIC = { namespace: 'Hunter/Limits', name: 'BreakerOpen' } as const

/** Emitted by the schedule of rescans: how long the oldest due lead has waited, and how many are due. */
export const RESCAN_METRICS = { namespace: 'Hunter/Rescans', behind: 'BehindSeconds', due: 'Due' } as const

/** Emitted by each sync of referrals, for the alarms. */
export const REFERRAL_METRICS = {
  namespace: 'Hunter/Referrals',
  /** 1 while a person must sign in to Partner Center once more. */
  signedOut: 'SignedOut',
  /** Since a sync last read to the end. */
  behind: 'BehindSeconds',
  seen: 'Seen',
  skipped: 'Skipped',
} as const

export type CounterName = keyof typeof COUNTERS
export type HistogramName = keyof typeof HISTOGRAMS
export type GaugeName = keyof typeof GAUGES
export type LabelsOf<N extends CounterName> = {
  [L in keyof (typeof COUNTERS)[N]['labels']]: (typeof COUNTERS)[N]['labels'][L] extends readonly (infer V)[]
    ? V
    : never
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
