import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { keepAnswer, readAnswer } from '#web/frame/answers'
import { type Failure, toFailure } from '#web/frame/api'

export interface Asked<Data> {
  data: Data | undefined
  error: Failure | undefined
  isAsking: boolean
  /** The data answers an earlier question, and this one is on its way. */
  isEarlier: boolean
  /** Asks once more. */
  retry: () => void
}

/**
 * Asks the API whenever the key changes, and not at all while it is undefined. The last answer stays while the next one
 * is on its way; leaving aborts. The key names the whole question, such as the path with its query.
 */
export function useAsk<Data>(
  key: string | undefined,
  ask: (signal: AbortSignal) => Promise<{ data: Data }>,
): Asked<Data> {
  const [asked, setAsked] = useState<{ key?: string; question?: string; data?: Data; error?: Failure }>({})
  const [tries, setTries] = useState(0)
  const latest = useRef(ask)
  latest.current = ask
  const question = key === undefined ? undefined : `${tries} ${key}`

  useEffect(() => {
    if (key === undefined || question === undefined) return undefined
    const leave = new AbortController()
    latest.current(leave.signal).then(
      ({ data }) => {
        if (leave.signal.aborted) return
        keepAnswer(key, data)
        setAsked({ key, question, data })
      },
      (error: unknown) => {
        if (leave.signal.aborted) return
        // an answer to another question is no answer to this one
        setAsked((last) => ({ ...(last.key === key ? last : {}), key, question, error: toFailure(error) }))
      },
    )
    return () => leave.abort()
  }, [key, question])

  const isAsking = question !== undefined && question !== asked.question
  const kept = key === undefined ? undefined : ((asked.key === key ? asked.data : readAnswer(key)) as Data | undefined)
  const earlier = isAsking ? asked.data : undefined
  return {
    data: kept ?? earlier,
    error: isAsking || key === undefined ? undefined : asked.error,
    isAsking,
    isEarlier: kept === undefined && earlier !== undefined,
    retry: useCallback(() => setTries((count) => count + 1), []),
  }
}
