import { useState } from 'preact/hooks'
import { type Failure, toFailure } from '#web/frame/api'
import { showToast } from '#web/frame/toasts.tsx'

/** Sends what a button or a form asks for, once at a time. `act` says what happened; a failure is said here. */
export function useSend(say: (failure: Failure) => void = ({ message }) => showToast(message, { kind: 'failed' })) {
  const [isSending, setSending] = useState(false)
  const send = async (act: () => Promise<void>) => {
    if (isSending) return
    setSending(true)
    try {
      await act()
    } catch (error) {
      say(toFailure(error))
    } finally {
      setSending(false)
    }
  }
  return { isSending, send: (act: () => Promise<void>) => void send(act) }
}
