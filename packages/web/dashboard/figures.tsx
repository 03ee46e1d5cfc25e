import type { ComponentChildren } from 'preact'
import type { ClientOperations, DataOf } from '#client/operations'
import { Bone } from '#web/frame/blocks.tsx'
import { useFormat, useTexts } from '#web/frame/language'
import { Link } from '#web/frame/link.tsx'
import type { DashboardData } from '#web/dashboard/dashboard.tsx'
import { linkToLeads, PRIORITY_FILTERS } from '#web/dashboard/links'
import type { Days } from '#web/dashboard/period'
import { dashboardTexts } from '#web/dashboard/texts'

type Total = DataOf<ClientOperations['get /leads']>['total']

interface FiguresProps {
  data: DashboardData | undefined
  days: Days
  moved: Total | undefined
}

/** The readings at the top: what moved, whom to call first, who else is worth a call, and all leads. */
export function Figures({ data, days, moved }: FiguresProps) {
  const t = useTexts(dashboardTexts)
  const format = useFormat()
  const first = data?.priorities.find(({ priority }) => priority === 1)?.leads
  const worth = data?.segments.find(({ segment }) => segment === 'Migration')?.leads
  const show = (value: number | undefined) => value !== undefined && format.number(value)
  return (
    <ul class="figures">
      <Figure
        to={linkToLeads({ moved: days })}
        value={moved && `${moved.exact ? '' : '≈ '}${format.number(moved.value)}`}
        label={t.moved.count(moved?.value ?? 0)}
        look="signal"
      >
        {t.figures.movedNote(days)}
      </Figure>
      <Figure to={linkToLeads(PRIORITY_FILTERS[0])} value={show(first)} label={t.figures.first}>
        {t.figures.firstNote}
      </Figure>
      <Figure to={linkToLeads({ segment: 'Migration' })} value={show(worth)} label={t.figures.worth}>
        {t.figures.worthNote}
      </Figure>
      <Figure to={linkToLeads()} value={show(data?.leads)} label={t.figures.leads(data?.leads ?? 0)}>
        {t.figures.leadsNote}
      </Figure>
    </ul>
  )
}

interface FigureProps {
  to: string
  value: string | false | undefined
  label: string
  look?: 'signal'
  children: ComponentChildren
}

function Figure({ to, value, label, look, children }: FigureProps) {
  return (
    <li class="figure" data-look={look}>
      <Link to={to} class="figure-link">
        <span class="figure-value">{value || <Bone width={3} />}</span> <span class="figure-label">{label}</span>
      </Link>
      <p class="muted">{children}</p>
    </li>
  )
}
