/** What moved, whom to call, and how the leads are split: every number leads to its rows. */
import '#web/dashboard/dashboard.css'
import type { ClientOperations, DataOf } from '#client/operations'
import { useAddress } from '#web/frame/address'
import { api } from '#web/frame/api'
import { useAsk } from '#web/frame/ask'
import { Empty, Failed } from '#web/frame/blocks.tsx'
import { useFormat, useTexts } from '#web/frame/language'
import { Link } from '#web/frame/link.tsx'
import { Counts } from '#web/dashboard/counts.tsx'
import { Figures } from '#web/dashboard/figures.tsx'
import { Moved, useMoved } from '#web/dashboard/moved.tsx'
import { Opportunities } from '#web/dashboard/opportunities.tsx'
import { DAYS, FIELDS, timezone } from '#web/dashboard/period'
import { dashboardTexts } from '#web/dashboard/texts'
import { Trend } from '#web/dashboard/trend.tsx'

export type DashboardData = DataOf<ClientOperations['get /dashboard']>

export default function DashboardView() {
  const t = useTexts(dashboardTexts)
  const { values, change } = useAddress(FIELDS)
  const { days } = values
  const dashboard = useAsk(`/dashboard?${days} ${timezone}`, (signal) =>
    api.get('/dashboard', { query: { days, timezone }, signal }),
  )
  const moved = useMoved(days)
  const { data } = dashboard
  return (
    <div class="dashboard" aria-busy={dashboard.isAsking}>
      <header class="head">
        <h1>{t.title}</h1>
        {data && <Counted at={data.counted_at} />}
        <div class="head-actions tabs" role="group" aria-label={t.period}>
          {DAYS.map((one) => (
            <button
              key={one}
              type="button"
              class="tab"
              aria-pressed={one === days}
              onClick={() => change({ days: one })}
            >
              {t.days(one)}
            </button>
          ))}
        </div>
      </header>
      {dashboard.error && <Failed error={dashboard.error} retry={dashboard.retry} />}
      {data?.leads === 0 ? (
        <Empty title={t.none.title}>
          <p class="block-text">{t.none.text}</p>
          <p class="block-foot">
            <Link to="/leads" class="button" data-look="main">
              {t.none.next}
            </Link>
          </p>
        </Empty>
      ) : (
        !(dashboard.error && !data) && (
          <>
            <Figures data={data} days={days} moved={moved.total} />
            <Moved days={days} moved={moved} onLonger={() => change({ days: '90' })} />
            <Opportunities data={data} />
            <Counts data={data} />
            <Trend data={data} />
          </>
        )
      )}
    </div>
  )
}

function Counted({ at }: { at: string }) {
  const t = useTexts(dashboardTexts)
  const format = useFormat()
  return (
    <time class="muted" dateTime={at} title={format.fullTime(at)}>
      {t.counted(format.time(at))}
    </time>
  )
}
