import { useDialog } from '#web/frame/address'
import { api } from '#web/frame/api'
import { useAsk } from '#web/frame/ask'
import { Failed } from '#web/frame/blocks.tsx'
import { Dialog } from '#web/frame/dialog.tsx'
import { language, useFormat, useTexts } from '#web/frame/language'
import { State } from '#web/frame/state.tsx'
import { useStore } from '#web/frame/store'
import { Evidence } from '#web/lead/evidence.tsx'
import { Fixes } from '#web/lead/fixes.tsx'
import { getGroup, type Lead, type Line, listSignals, SIGN_OF_STATE } from '#web/lead/model'
import { leadTexts } from '#web/lead/texts'

/** Every point of the score, and the way to its evidence and its fix. */
export function Points({ lead }: { lead: Lead }) {
  const t = useTexts(leadTexts)
  const format = useFormat()
  const sum = sumPoints(lead.breakdown)
  return (
    <section aria-labelledby="points">
      <h2 id="points">{t.points.title}</h2>
      <ul class="points">
        {lead.breakdown.map((line, at) => (
          <PointLine key={line.rule} lead={lead} line={line} before={sumPoints(lead.breakdown.slice(0, at))} />
        ))}
      </ul>
      <p class="points-sum">
        <span>
          {t.points.sum}
          {sum !== lead.score && <span class="muted"> {t.points.limited}</span>}
        </span>
        <b>{format.number(lead.score)}</b>
      </p>
    </section>
  )
}

function sumPoints(lines: readonly Line[]): number {
  return lines.reduce((total, { points }) => total + points, 0)
}

/** `before`: the sum of the lines above, where this line's own points begin. */
function PointLine({ lead, line, before }: { lead: Lead; line: Line; before: number }) {
  const t = useTexts(leadTexts)
  const format = useFormat()
  const { rule, points, state, counterfactual } = line
  const { isOpen, open, close } = useDialog(`point ${rule}`)
  const group = t.groups[getGroup(rule)] ?? getGroup(rule)
  const name = `${group}: ${t.cases[rule] ?? rule.slice(rule.indexOf('.') + 1)}`
  return (
    <li>
      <button type="button" class="point" aria-haspopup="dialog" data-focus={`point ${rule}`} onClick={open}>
        <span class="point-name">
          <b>{group}</b> <span>{t.cases[rule] ?? rule.slice(rule.indexOf('.') + 1)}</span>
        </span>
        <State kind={SIGN_OF_STATE[state]}>{t.states[state]}</State>
        <span class="point-evidence" dir="auto">
          {line.evidence}
        </span>
        <span class="point-gain">
          {counterfactual && t.points.gain(`+${format.number(counterfactual.points)}`)}
          {line.min < line.max && t.points.between(formatPoints(line.min), formatPoints(line.max))}
        </span>
        <span class="point-value" data-sign={Math.sign(points)}>
          {formatPoints(points)}
        </span>
        <Share before={before} line={line} />
      </button>
      <Dialog isOpen={isOpen} onClose={close} title={name} look="side">
        <PointDialog lead={lead} line={line} />
      </Dialog>
    </li>
  )
}

/** Where the line's points lie on the way from 0 to 100; a broken line shows what they can turn out to be. */
function Share({ before, line: { points, min, max } }: { before: number; line: Line }) {
  return (
    <svg class="share" viewBox="0 0 100 3" preserveAspectRatio="none" aria-hidden="true">
      <path class="share-rule" d="M0 1.5H100" />
      {min < max && <path class="share-range" d={`M${before + min} 1.5H${before + max}`} />}
      {points !== 0 && <path class="share-points" data-sign={Math.sign(points)} d={`M${before} 1.5h${points}`} />}
    </svg>
  )
}

function PointDialog({ lead, line }: { lead: Lead; line: Line }) {
  const t = useTexts(leadTexts)
  const { domain } = lead
  const now = useStore(language)
  const { data, error, retry } = useAsk(`fixes ${domain} ${now}`, (signal) =>
    api.get('/leads/{domain}/fixes', { params: { domain }, language: now, signal }),
  )
  const isRecord = listSignals(line.rule).some((key) => lead.signals[key].records.includes(line.evidence))
  const own = data?.fixes.filter(({ rule }) => getGroup(rule) === getGroup(line.rule))
  return (
    <div class="point-page">
      <p class="point-head">
        <span class="point-value" data-sign={Math.sign(line.points)}>
          {formatPoints(line.points)}
        </span>
        <State kind={SIGN_OF_STATE[line.state]}>{t.states[line.state]}</State>
        {!isRecord && <span dir="auto">{line.evidence}</span>}
      </p>
      <section aria-labelledby="evidence">
        <h3 id="evidence">{t.evidence.title}</h3>
        {listSignals(line.rule).map((key) => (
          <Evidence key={key} lead={lead} signal={key} />
        ))}
      </section>
      <section aria-labelledby="fix">
        <h3 id="fix">{t.fix.title}</h3>
        {error && !data ? (
          <Failed error={error} retry={retry} />
        ) : own && own.length > 0 ? (
          <Fixes fixes={own} />
        ) : (
          data && <p class="muted">{line.state === 'unknown' ? t.fix.unsure : t.fix.none}</p>
        )}
      </section>
    </div>
  )
}

/** `+15`, `−5` with a minus as wide as the plus */
function formatPoints(points: number): string {
  return points > 0 ? `+${points}` : String(points).replace('-', '−')
}
