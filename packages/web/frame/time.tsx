import { useFormat } from '#web/frame/language'

interface TimeProps {
  at: string
  as: 'ago' | 'date' | 'time'
  class?: string
}

/** A time as a reader says it; its title has the whole time with its zone. */
export function Time({ at, as, class: own }: TimeProps) {
  const format = useFormat()
  return (
    <time dateTime={at} title={format.fullTime(at)} class={own}>
      {format[as](at)}
    </time>
  )
}
