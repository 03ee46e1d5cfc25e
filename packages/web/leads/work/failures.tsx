import { useState } from 'preact/hooks'
import { useDialog } from '#web/frame/address'
import { api, toFailure } from '#web/frame/api'
import { useAsk } from '#web/frame/ask'
import { Bone, Failed } from '#web/frame/blocks.tsx'
import { Dialog } from '#web/frame/dialog.tsx'
import { useFormat, useTexts } from '#web/frame/language'
import { workTexts } from '#web/leads/work/texts'
import { showToast } from '#web/frame/toasts.tsx'

/** The domains of these jobs that could not be scanned, each with its reason. */
export function Failures({ jobs, count, onRetry }: { jobs: readonly string[]; count: number; onRetry: () => void }) {
  const t = useTexts(workTexts)
  const format = useFormat()
  const { isOpen, open, close } = useDialog(`failures-${jobs[0]}`)
  const [isSending, setSending] = useState(false)

  async function retry(): Promise<void> {
    setSending(true)
    try {
      for (const job of jobs)
        await api.post('/scan/bulk/{job}/retry', { params: { job }, idempotencyKey: crypto.randomUUID() })
      close()
      onRetry()
    } catch (error) {
      showToast(toFailure(error).message, { kind: 'failed' })
    }
    setSending(false)
  }

  return (
    <>
      <button type="button" class="button" data-look="quiet" onClick={open}>
        {t.failedCount(format.number(count))}
      </button>
      <Dialog
        isOpen={isOpen}
        onClose={close}
        title={t.failedTitle}
        look="wide"
        foot={
          <button type="button" class="button" data-look="main" disabled={isSending} onClick={() => void retry()}>
            {t.retryFailed}
          </button>
        }
      >
        {jobs.map((job) => (
          <JobFailures key={job} job={job} />
        ))}
      </Dialog>
    </>
  )
}

function JobFailures({ job }: { job: string }) {
  const query = { outcome: 'failed', limit: 200 } as const
  const { data, error, retry } = useAsk(`failures ${job}`, (signal) =>
    api.get('/scan/bulk/{job}', { params: { job }, query, signal }),
  )
  if (error) return <Failed error={error} retry={retry} />
  return (
    <table class="table">
      <tbody>
        {data === undefined ? (
          <tr>
            <td>
              <Bone width={30} />
            </td>
          </tr>
        ) : (
          data.outcomes.map(({ position, input, message }) => (
            <tr key={position}>
              <th scope="row">
                <bdi>{input}</bdi>
              </th>
              <td class="wrap">{message}</td>
            </tr>
          ))
        )}
      </tbody>
    </table>
  )
}
