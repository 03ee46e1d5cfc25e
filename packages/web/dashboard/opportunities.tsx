import { Bone } from '#web/frame/blocks.tsx'
import { useTexts } from '#web/frame/language'
import { Link } from '#web/frame/link.tsx'
import { Panel } from '#web/frame/panel.tsx'
import { Scale } from '#web/frame/scale.tsx'
import type { DashboardData } from '#web/dashboard/dashboard.tsx'
import { linkToLead, linkToLeads } from '#web/dashboard/links'
import { dashboardTexts } from '#web/dashboard/texts'
import { nameProvider, useLeadsTexts } from '#web/leads/cells.tsx'

export function Opportunities({ data }: { data: DashboardData | undefined }) {
  const t = useTexts(dashboardTexts)
  const names = useLeadsTexts()
  const leads = data?.top_opportunities
  return (
    <Panel id="best" title={t.best.title} head={<Link to={linkToLeads()}>{t.best.all}</Link>}>
      {leads?.length === 0 && <p class="panel-none">{t.best.none}</p>}
      <ol class="best">
        {leads?.map(({ domain, company, mailbox, priority, score, score_min: min, score_max: max }) => (
          <li key={domain} class="best-lead">
            <Link to={linkToLead(domain)} class="best-domain" data-focus={`best ${domain}`} title={company ?? domain}>
              {domain}
            </Link>
            <span class="muted">{nameProvider(mailbox, names)}</span>
            <span class="best-score" title={`${names.columns.priority} ${priority}`}>
              <b>{score}</b>
              <Scale value={score} min={min} max={max} />
            </span>
          </li>
        )) ??
          Array.from({ length: 10 }, (_, at) => (
            <li key={at} class="best-lead">
              <Bone width={20} />
            </li>
          ))}
      </ol>
    </Panel>
  )
}
