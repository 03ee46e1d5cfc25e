import { Fragment } from 'preact'
import { copyText } from '#web/frame/copy'
import { useTexts } from '#web/frame/language'
import { texts } from '#web/texts/texts'
import { useBackupTexts } from '#web/backups/texts'

/** The commands that restore this very backup. The page itself changes no database. */
export function Restore({ id }: { id: string }) {
  const t = useBackupTexts()
  return (
    <div class="backup-part">
      <h3>{t.restore.title}</h3>
      <ol class="steps">
        <Step text={t.restore.plan} command={`npx hunter backup restore ${id} --dry-run`} />
        <Step text={t.restore.run} command={`npx hunter backup restore ${id}`} />
        <Step text={t.restore.undo} command="npx hunter backup restore --undo" />
      </ol>
      <p class="muted">{t.restore.stage}</p>
    </div>
  )
}

function Step({ text, command }: { text: string; command: string }) {
  const t = useBackupTexts()
  const frame = useTexts(texts)
  return (
    <li>
      <p>{text}</p>
      <p class="command">
        <code>
          {command.split(' ').map((word) => (
            <Fragment key={word}>
              <span class="command-word">{word}</span>{' '}
            </Fragment>
          ))}
        </code>
        <button
          type="button"
          class="button"
          data-look="quiet"
          aria-label={t.restore.copy(command)}
          onClick={() => void copyText(command)}
        >
          {frame.copy}
        </button>
      </p>
    </li>
  )
}
