/** The trend as two charts over one axis of days, read by pointer, by arrow keys or as a table. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { useFormat, useTexts } from '#web/frame/language'
import { Link } from '#web/frame/link.tsx'
import { Panel } from '#web/frame/panel.tsx'
import { Table } from '#web/frame/table.tsx'
import { chooseLabels, chooseTop, drawColumns } from '#web/dashboard/columns'
import type { DashboardData } from '#web/dashboard/dashboard.tsx'
import { linkToLeads } from '#web/dashboard/links'
import { timezone } from '#web/dashboard/period'
import { dashboardTexts } from '#web/dashboard/texts'

type Day = DashboardData['trend'][number]

const WEEK = 7
/** Pixels. */
const LEFT = 44
const LABEL = 64
const GAP = 34
const HEIGHTS = { scans: 112, changes: 64 }
const FOOT = 22
const HEAD = 20
const HEIGHT = HEAD + HEIGHTS.scans + GAP + HEIGHTS.changes + FOOT

/** `2026-11-24` as that day here, whatever the zone. */
const toDate = (day: string) => new Date(`${day}T00:00`)

export function Trend({ data }: { data: DashboardData | undefined }) {
  const t = useTexts(dashboardTexts)
  const format = useFormat()
  const days = data?.trend
  const sum = (all: readonly Day[], what: 'scans' | 'changes') =>
    format.number(all.reduce((total, day) => total + day[what], 0))
  return (
    <Panel
      id="trend"
      title={t.trend.title}
      head={<Link to={linkToLeads({ sort: '-scanned_at' })}>{t.trend.newest}</Link>}
    >
      {days ? <Chart key={days.length} days={days} /> : <div class="chart" />}
      <p class="muted">
        {days && t.trend.sums(sum(days, 'scans'), sum(days, 'changes'))} {t.trend.caption(timezone)}
      </p>
      {days && <DayTable days={days} />}
    </Panel>
  )
}

function Chart({ days }: { days: readonly Day[] }) {
  const t = useTexts(dashboardTexts)
  const format = useFormat()
  const [ref, whole] = useWidth()
  const [at, setAt] = useState(days.length - 1)
  const width = Math.max(0, whole - LEFT)
  const band = width / days.length
  const move = (to: number) => setAt(Math.min(days.length - 1, Math.max(0, to)))
  const moves: Record<string, number> = {
    ArrowLeft: at - 1,
    ArrowDown: at - 1,
    ArrowRight: at + 1,
    ArrowUp: at + 1,
    PageDown: at - WEEK,
    PageUp: at + WEEK,
    Home: 0,
    End: days.length - 1,
  }
  const day = days[at]
  if (!day) return null
  const text = t.trend.value(format.day(toDate(day.day)), format.number(day.scans), format.number(day.changes))

  return (
    <div
      ref={ref}
      class="chart"
      role="slider"
      tabIndex={0}
      aria-label={t.trend.chart}
      aria-valuemin={1}
      aria-valuemax={days.length}
      aria-valuenow={at + 1}
      aria-valuetext={text}
      onKeyDown={(event) => {
        const to = moves[event.key]
        if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return
        event.preventDefault()
        move(to)
      }}
      onPointerMove={(event) => {
        const { left } = event.currentTarget.getBoundingClientRect()
        move(Math.floor((event.clientX - left - LEFT) / band))
      }}
    >
      <p class="chart-reading" aria-hidden="true">
        <b>{format.day(toDate(day.day))}</b>
        <span data-series="scans">
          {format.number(day.scans)} {t.trend.scans.toLocaleLowerCase(document.documentElement.lang)}
        </span>
        <span data-series="changes">
          {format.number(day.changes)} {t.trend.changes.toLocaleLowerCase(document.documentElement.lang)}
        </span>
        <span class="chart-hint muted">{t.trend.hint}</span>
      </p>
      {width > 0 && (
        <svg viewBox={`0 0 ${whole} ${HEIGHT}`} width={whole} height={HEIGHT} aria-hidden="true">
          <rect class="chart-day" x={LEFT + at * band} y="0" width={band} height={HEIGHT - FOOT} />
          <Columns series="scans" days={days} width={width} top={HEAD} />
          <Columns series="changes" days={days} width={width} top={HEAD + HEIGHTS.scans + GAP} />
          {chooseLabels(days.length, width, LABEL).map((one) => (
            <text key={one} class="chart-label" x={LEFT + (one + 0.5) * band} y={HEIGHT - 5} text-anchor="middle">
              {format.dayOfMonth(toDate(days[one]?.day ?? ''))}
            </text>
          ))}
        </svg>
      )}
    </div>
  )
}

interface ColumnsProps {
  series: keyof typeof HEIGHTS
  days: readonly Day[]
  width: number
  top: number
}

function Columns({ series, days, width, top: y }: ColumnsProps) {
  const t = useTexts(dashboardTexts)
  const format = useFormat()
  const height = HEIGHTS[series]
  const values = days.map((day) => day[series])
  const top = chooseTop(values)
  return (
    <g transform={`translate(${LEFT} ${y})`} data-series={series}>
      {[0, 0.5, 1].map((part) => (
        <path
          key={part}
          class="chart-rule"
          data-base={part === 0}
          d={`M0 ${Math.round(height * (1 - part)) + 0.5}H${width}`}
        />
      ))}
      <text class="chart-label" x={-8} y={4} text-anchor="end">
        {format.number(top)}
      </text>
      <text class="chart-label" x={-8} y={height + 4} text-anchor="end">
        0
      </text>
      <text class="chart-name" x={0} y={-8}>
        {t.trend[series]}
      </text>
      <path class="chart-columns" d={drawColumns(values, { width, height, top })} />
    </g>
  )
}

function DayTable({ days }: { days: readonly Day[] }) {
  const t = useTexts(dashboardTexts)
  const format = useFormat()
  return (
    <details class="more">
      <summary>{t.trend.table}</summary>
      <Table
        class="trend-table"
        headings={[t.trend.day, { name: t.trend.scans, isNumber: true }, { name: t.trend.changes, isNumber: true }]}
      >
        {days.toReversed().map(({ day, scans, changes }) => (
          <tr key={day}>
            <th scope="row">
              <time dateTime={day}>{format.day(toDate(day))}</time>
            </th>
            <td data-kind="number">{format.number(scans)}</td>
            <td data-kind="number">{format.number(changes)}</td>
          </tr>
        ))}
      </Table>
    </details>
  )
}

/** The width of an element in whole pixels; 0 until it is laid out. */
function useWidth() {
  const ref = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const element = ref.current
    if (!element) return undefined
    const observer = new ResizeObserver(() => setWidth(element.clientWidth))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return [ref, width] as const
}
