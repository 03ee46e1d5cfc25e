import { useState } from 'preact/hooks'
import { api, toFailure } from '#web/frame/api'
import { copyText } from '#web/frame/copy'
import { useFormat } from '#web/frame/language'
import { showToast } from '#web/frame/toasts.tsx'
import '#web/leads/selection-bar.css'
import { followWork } from '#web/leads/work/work'
import { useLeadsTexts } from '#web/leads/cells.tsx'

const DOMAINS_MAX = 10_000

/** What can be done with the selected leads. */
export default function SelectionBar({ selected, clear }: { selected: ReadonlySet<string>; clear: () => void }) {
  const t = useLeadsTexts()
  const format = useFormat()
  const [isSending, setSending] = useState(false)

  async function rescan(): Promise<void> {
    setSending(true)
    try {
      const domains = [...selected].slice(0, DOMAINS_MAX)
      const { data } = await api.post('/rescan/bulk', { body: { domains }, idempotencyKey: crypto.randomUUID() })
      if (data.job) followWork({ id: data.job.id, name: t.rescanOf(format.number(data.selected)), jobs: [data.job.id] })
      clear()
    } catch (error) {
      showToast(toFailure(error).message, { kind: 'failed' })
    } finally {
      setSending(false)
    }
  }

  return (
    <div class="selection" role="group" aria-label={t.selection}>
      <p>{t.selected(format.number(selected.size))}</p>
      <button type="button" class="button" disabled={isSending} onClick={() => void rescan()}>
        {t.rescan}
      </button>
      <button type="button" class="button" onClick={() => void copyText([...selected].join('\n'))}>
        {t.copyDomains}
      </button>
      <button type="button" class="button" data-look="quiet" onClick={clear}>
        {t.deselect}
      </button>
    </div>
  )
}
