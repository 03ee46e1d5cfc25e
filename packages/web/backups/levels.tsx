import { StateSign } from '#web/frame/state.tsx'
import type { Described } from '#web/backups/backup'
import { useBackupTexts } from '#web/backups/texts'

type Check = NonNullable<Described['proof']>['checks'][number]

/** The rungs of a proof: each builds on the one before. */
export function Levels({ checks }: { checks: readonly Check[] }) {
  const t = useBackupTexts()
  return (
    <ol class="levels">
      {t.levels.map((text, at) => {
        const mine = checks.filter(({ level }) => level === at + 1)
        const failed = mine.filter(({ passed }) => !passed)
        const kind = failed.length > 0 ? 'bad' : mine.length > 0 ? 'good' : 'none'
        return (
          <li key={text} class="level" data-kind={kind}>
            <StateSign kind={kind} />
            <div>
              <p>
                {text}
                {kind === 'none' && <span class="muted"> · {t.notChecked}</span>}
              </p>
              {mine.length > 0 && <p class="level-checks">{mine.map(({ name }) => name).join(', ')}</p>}
              {mine.map(({ name, reason }) => reason !== null && <p key={name}>{reason}</p>)}
            </div>
          </li>
        )
      })}
    </ol>
  )
}
