import type { ClientOperations, DataOf } from '#client/operations'
import { api } from '#web/frame/api'
import { useAsk } from '#web/frame/ask'
import { Bone, Failed } from '#web/frame/blocks.tsx'
import { useTexts } from '#web/frame/language'
import { Link } from '#web/frame/link.tsx'
import { Panel } from '#web/frame/panel.tsx'
import { Time } from '#web/frame/time.tsx'
import { linkToLead, linkToLeads } from '#web/dashboard/links'
import type { Days } from '#web/dashboard/period'
import { dashboardTexts } from '#web/dashboard/texts'

type Move = DataOf<ClientOperations['get /moves']>['moves'][number]

const SHOWN = 10
const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/** The moves of the period, and how many companies they are of. */
export function useMoved(days: Days) {
  // a whole minute, as the list of leads has it
  const since = new Date(Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - Number(days) * DAY_MS).toISOString()
  const moves = useAsk(`/moves?${days}`, (signal) => api.get('/moves', { query: { since, limit: SHOWN }, signal }))
  const leads = useAsk(`/leads?moved=${days}`, (signal) =>
    api.get('/leads', { query: { moved_since: since, limit: 1 }, signal }),
  )
  return { moves, total: leads.data?.total }
}

interface MovedProps {
  days: Days
  moved: ReturnType<typeof useMoved>
  onLonger: () => void
}

export function Moved({ days, moved: { moves }, onLonger }: MovedProps) {
  const t = useTexts(dashboardTexts)
  const list = moves.data?.moves
  return (
    <Panel id="moved" title={t.moved.title} head={<Link to={linkToLeads({ moved: days })}>{t.moved.all}</Link>}>
      {moves.error && !list && <Failed error={moves.error} retry={moves.retry} />}
      {list?.length === 0 ? (
        <div class="panel-none">
          <p>{t.moved.none}</p>
          <p class="muted">{t.moved.noneText}</p>
          {days !== '90' && (
            <button type="button" class="button" onClick={onLonger}>
              {t.moved.longer}
            </button>
          )}
        </div>
      ) : (
        <ul class="moves">
          {list
            ? list.map((move) => <MoveRow key={`${move.domain} ${move.kind} ${move.at}`} move={move} />)
            : !moves.error &&
              Array.from({ length: SHOWN }, (_, at) => (
                <li key={at}>
                  <Bone width={20} />
                </li>
              ))}
        </ul>
      )}
    </Panel>
  )
}

function MoveRow({ move: { domain, kind, from, to, is_complete: isComplete, at } }: { move: Move }) {
  const t = useTexts(dashboardTexts)
  return (
    <li class="move">
      <Link to={linkToLead(domain)} class="move-domain" data-focus={`move ${domain}`}>
        {domain}
      </Link>
      <span class="move-way">
        <span class="move-from">{from?.name ?? t.moved.nothing}</span>
        <Arrow isComplete={isComplete} />
        <span class="visually-hidden"> {t.moved.to} </span>
        <span class="move-to">
          <span>{to?.name ?? t.moved.nothing}</span>
          {!isComplete && <span class="muted">{t.moved.half}</span>}
        </span>
      </span>
      <span class="move-kind muted">{t.moved.kinds[kind]}</span>
      <Time at={at} as="ago" class="move-at muted" />
    </li>
  )
}

/** A move that is not complete has a broken line. */
function Arrow({ isComplete }: { isComplete: boolean }) {
  return (
    <svg class="move-arrow" data-complete={isComplete} viewBox="0 0 32 10" width="32" height="10" aria-hidden="true">
      <path d="M1 5h25" />
      <path class="move-head" d="M24.5 1.5L31 5l-6.5 3.5z" />
    </svg>
  )
}
