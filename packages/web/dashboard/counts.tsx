import type { ComponentChildren } from 'preact'
import { Bone } from '#web/frame/blocks.tsx'
import { useFormat, useTexts } from '#web/frame/language'
import { Link } from '#web/frame/link.tsx'
import type { DashboardData } from '#web/dashboard/dashboard.tsx'
import { linkToLeads, PRIORITY_FILTERS } from '#web/dashboard/links'
import { dashboardTexts } from '#web/dashboard/texts'
import { nameProvider, useLeadsTexts } from '#web/leads/cells.tsx'
import { SEGMENTS } from '#web/leads/state'

/** Providers before the rest, which unfolds. */
const PROVIDERS_SHOWN = 7

/** How the leads are split: three rulings of the same leads. */
export function Counts({ data }: { data: DashboardData | undefined }) {
  const t = useTexts(dashboardTexts)
  const names = useLeadsTexts()
  const format = useFormat()
  const all = data?.leads ?? 0
  const segments = SEGMENTS.map((segment) => ({
    key: segment,
    label: names.segments[segment],
    leads: data?.segments.find((one) => one.segment === segment)?.leads ?? 0,
    note: names.segmentHelp[segment],
    to: linkToLeads({ segment }),
    look: segment,
  }))
  const priorities = PRIORITY_FILTERS.map((filters, at) => ({
    key: String(at + 1),
    label: describePriority(filters, t, names.segments[filters.segment || 'Skip']),
    sign: at + 1,
    leads: data?.priorities.find(({ priority }) => priority === at + 1)?.leads ?? 0,
    to: linkToLeads(filters),
    look: filters.segment,
  }))
  const providers = (data?.providers ?? []).map(({ provider, leads }) => ({
    key: provider,
    label: nameProvider(provider, names),
    leads,
    to: linkToLeads({ provider }),
  }))
  const rest = providers.slice(PROVIDERS_SHOWN)
  return (
    <section class="counts" aria-label={t.counts.caption(format.number(all))}>
      <Split title={t.counts.segments} bars={segments} all={all} isKnown={data !== undefined} />
      <Split title={t.counts.priorities} bars={priorities} all={all} isKnown={data !== undefined} />
      <Split
        title={t.counts.providers}
        bars={providers.slice(0, PROVIDERS_SHOWN)}
        all={all}
        isKnown={data !== undefined}
      >
        {rest.length > 0 && (
          <details class="more">
            <summary>{t.counts.more(rest.length)}</summary>
            <Bars bars={rest} all={all} most={providers[0]?.leads ?? 0} />
          </details>
        )}
      </Split>
      <p class="counts-caption muted">{data && t.counts.caption(format.number(all))}</p>
    </section>
  )
}

interface Bar {
  key: string
  label: string
  sign?: number
  note?: string
  leads: number
  to: string
  look?: string | undefined
}

interface SplitProps {
  title: string
  bars: Bar[]
  all: number
  isKnown: boolean
  children?: ComponentChildren
}

function Split({ title, bars, all, isKnown, children }: SplitProps) {
  return (
    <div class="panel">
      <header class="panel-head">
        <h2>{title}</h2>
      </header>
      {isKnown ? (
        <Bars bars={bars} all={all} most={Math.max(...bars.map(({ leads }) => leads))} />
      ) : (
        <ul class="bars">
          {Array.from({ length: 7 }, (_, at) => (
            <li key={at} class="bar">
              <Bone width={18} />
            </li>
          ))}
        </ul>
      )}
      {children}
    </div>
  )
}

function Bars({ bars, all, most }: { bars: Bar[]; all: number; most: number }) {
  const format = useFormat()
  return (
    <ul class="bars">
      {bars.map(({ key, label, sign, note, leads, to, look }) => (
        <li key={key} class="bar">
          <Link to={to} class="bar-link" data-focus={to}>
            {sign && <span class="bar-sign">{sign}</span>}
            <span class="bar-label">{label}</span>
            <span class="bar-value">{format.number(leads)}</span>
            <span class="bar-share muted">{format.percent(all === 0 ? 0 : leads / all)}</span>
            {note && <span class="bar-note muted">{note}</span>}
            <span class="bar-rule" data-look={look}>
              <span style={{ inlineSize: `${most === 0 ? 0 : (100 * leads) / most}%` }} />
            </span>
          </Link>
        </li>
      ))}
    </ul>
  )
}

type Texts = (typeof dashboardTexts)['en']

function describePriority(filters: (typeof PRIORITY_FILTERS)[number], t: Texts, segment: string): string {
  const { score_min: min, score_max: max } = filters
  const { priority } = t.counts
  if (min !== undefined && max !== undefined) return priority.between(segment, min, max)
  if (min !== undefined) return priority.from(segment, min)
  return max === undefined ? priority.all(segment) : priority.to(segment, max)
}
