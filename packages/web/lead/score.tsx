import { useFormat, useTexts } from '#web/frame/language'
import { Scale } from '#web/frame/scale.tsx'
import { nameProvider, useLeadsTexts } from '#web/leads/cells.tsx'
import { SegmentSign } from '#web/leads/segment-sign.tsx'
import type { Lead } from '#web/lead/model'
import { leadTexts } from '#web/lead/texts'

/** The reading: the score on its scale, and what follows from it. */
export function Score({ lead }: { lead: Lead }) {
  const t = useTexts(leadTexts)
  const list = useLeadsTexts()
  const format = useFormat()
  const { score, score_min: min, score_max: max, segment, provisional, provider, referral } = lead
  return (
    <section class="reading" aria-labelledby="reading">
      <h2 id="reading" class="visually-hidden">
        {t.score.title}
      </h2>
      <p class="reading-score">
        <b>{format.number(score)}</b> <span class="muted">{t.score.of}</span>
        <span class="reading-range">
          {min < max ? t.score.range(format.number(min), format.number(max)) : t.score.sure}
        </span>
      </p>
      <div class="reading-scale">
        <Scale value={score} min={min} max={max} look="head" />
      </div>
      <dl class="reading-facts">
        <div>
          <dt>{t.segment}</dt>
          <dd class="state" title={provisional ? list.provisional : list.segmentHelp[segment]}>
            <SegmentSign segment={segment} />
            <span>
              {list.segments[segment]}
              {provisional && '?'}
            </span>
          </dd>
        </div>
        <div>
          <dt>{t.priority}</dt>
          <dd>{t.priorityOf(format.number(lead.priority))}</dd>
        </div>
        <div>
          <dt>{t.mailbox}</dt>
          <dd>{nameProvider(provider.mailbox.id, list)}</dd>
        </div>
        <div>
          <dt>{t.gateway}</dt>
          <dd>{provider.gateway ? provider.gateway.name : <span class="muted">{t.noGateway}</span>}</dd>
        </div>
        {referral && (
          <div>
            <dt>{t.referral}</dt>
            <dd>{list.referrals[referral]}</dd>
          </div>
        )}
        {lead.tenant_id && (
          <div>
            <dt>{t.tenant}</dt>
            <dd>
              <code>{lead.tenant_id}</code>
            </dd>
          </div>
        )}
      </dl>
    </section>
  )
}
