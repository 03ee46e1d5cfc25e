import { useEffect, useState } from 'preact/hooks'
import { api } from '#web/frame/api'
import { State } from '#web/frame/state.tsx'
import { showToast } from '#web/frame/toasts.tsx'
import { useBackup } from '#web/backups/backup'
import { useBackupTexts } from '#web/backups/texts'

const POLL_MS = 3_000
const OPEN: readonly string[] = ['requested', 'running', 'unproven']

/** Requests a backup and follows it until it is proven or has failed. */
export function RunNow({ onChange }: { onChange: () => void }) {
  const t = useBackupTexts()
  const [followed, setFollowed] = useState<{ id: string; source: string }>()
  const [isSending, setSending] = useState(false)
  const run = async () => {
    setSending(true)
    try {
      const { data } = await api.post('/admin/backups', { idempotencyKey: crypto.randomUUID() })
      setFollowed(data)
      showToast(t.requested)
    } catch (error) {
      showToast(error instanceof Error ? error.message : String(error), { kind: 'failed' })
    } finally {
      setSending(false)
    }
  }
  return followed ? (
    <Following
      {...followed}
      onEnd={() => {
        setFollowed(undefined)
        onChange()
      }}
    />
  ) : (
    <button type="button" class="button" data-look="main" disabled={isSending} onClick={() => void run()}>
      {t.runNow}
    </button>
  )
}

function Following({ id, source, onEnd }: { id: string; source: string; onEnd: () => void }) {
  const t = useBackupTexts()
  const [round, setRound] = useState(0)
  const { data } = useBackup({ id, source }, round)
  useEffect(() => {
    const timer = setInterval(() => setRound((count) => count + 1), POLL_MS)
    return () => clearInterval(timer)
  }, [])
  const state = data?.state
  useEffect(() => {
    if (state === undefined || OPEN.includes(state)) return
    showToast(state === 'verified' ? t.finished : t.failed, { kind: state === 'verified' ? 'done' : 'failed' })
    onEnd()
  }, [state])
  return (
    <p role="status">
      <State kind="part">{t.running}</State>
    </p>
  )
}
