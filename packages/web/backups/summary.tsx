import { State } from '#web/frame/state.tsx'
import { type Format, useFormat } from '#web/frame/language'
import { type Backup, readTime, type Stats } from '#web/backups/days'
import { useBackupTexts } from '#web/backups/texts'

/** A proof comes each night, a few minutes after its backup. */
const FRESH_MS = 26 * 3_600_000

type SourceStats = Stats['stats'][number]

interface SummaryProps {
  stats: SourceStats | undefined
  nextRunAt: string
  /** The newest proven backup, when it is among the listed ones. */
  proven: Backup | undefined
}

/** Answers first what a reader comes for: would a restore work, and how old would the data be? */
export function Summary({ stats, nextRunAt, proven }: SummaryProps) {
  const t = useBackupTexts()
  const format = useFormat()
  const newest = stats?.newest_verified
  const at = newest && readTime(newest.id)
  const isFresh = newest !== null && newest !== undefined && newest.age_ms < FRESH_MS
  return (
    <section class="proof-now" aria-labelledby="proof-now">
      <h2 id="proof-now" class="proof-word">
        <State kind={isFresh ? 'good' : 'bad'}>
          {at === null || at === undefined
            ? t.proof.none
            : (isFresh ? t.proof.good : t.proof.old)(format.agoInWords(at))}
        </State>
      </h2>
      <p class="proof-text">
        {at && isFresh
          ? t.proof.goodText(format.time(at), proven?.proof?.restored_into ?? t.proof.elsewhere)
          : at
            ? t.proof.oldText
            : t.proof.noneText}
      </p>
      <dl class="facts">
        <Fact name={t.facts.next} value={format.agoInWords(nextRunAt)} note={format.time(nextRunAt)} />
        {stats && listFacts(stats, t, format).map((fact) => <Fact key={fact.name} {...fact} />)}
      </dl>
    </section>
  )
}

interface FactProps {
  name: string
  value: string
  note: string
}

function Fact({ name, value, note }: FactProps) {
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>
        <span class="fact-value">{value}</span>
        <span class="fact-note">{note}</span>
      </dd>
    </div>
  )
}

function listFacts(stats: SourceStats, t: ReturnType<typeof useBackupTexts>, format: Format): FactProps[] {
  const { recovery, proof_restore_ms_median: restoreMs, growth_bytes_per_day: growth, newest } = stats
  const measured = recovery?.median_ms ?? restoreMs
  const runs = stats.backups + stats.runs_failed
  return [
    {
      name: t.facts.recovery,
      value: measured === null || measured === undefined ? '–' : format.duration(measured),
      note: recovery ? t.facts.drills(stats.drills) : restoreMs === null ? t.facts.unknown : t.facts.fromProofs,
    },
    {
      name: t.facts.data,
      value: newest ? format.bytes(newest.raw_bytes) : '–',
      note: growth === null || Math.abs(growth) < 1 ? t.facts.steady : t.facts.growth(withSign(growth, format)),
    },
    {
      name: t.facts.stored,
      value: format.bytes(stats.stored_bytes),
      note: t.facts.backups(format.number(stats.backups)),
    },
    {
      name: t.facts.rate,
      value: stats.proof_rate === null ? '–' : format.percent(stats.proof_rate),
      note: t.facts.rateText(format.number(stats.verified), format.number(runs)),
    },
  ]
}

function withSign(bytes: number, format: Format): string {
  return (bytes < 0 ? '−' : '+') + format.bytes(Math.abs(bytes))
}
