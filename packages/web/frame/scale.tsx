import { useTexts } from '#web/frame/language'
import { texts } from '#web/texts/texts'

export interface ScaleProps {
  value: number
  /** The range while signals are unknown; equal to the value when all is known. */
  min?: number
  max?: number
}

/** The instrument of the page: a rule from 0 to 100, the score as its marker, the range as a bracket. */
export function Scale({ value, min = value, max = value }: ScaleProps) {
  const t = useTexts(texts)
  return (
    <svg class="scale" viewBox="-3 0 106 16" width="84" height="13" role="img" aria-label={t.score(value, min, max)}>
      <path class="scale-rule" d={`M0 12.5H100${drawTicks(25, (at) => `M${at} 12.5V${at % 50 ? 10 : 8.5}`)}`} />
      {min < max && <path class="scale-range" d={`M${min} 9.5V5.5H${max}V9.5`} />}
      <path class="scale-mark" d={`M${value} 12.5l-3.6 -9h7.2z`} />
    </svg>
  )
}

/** One path for all ticks: a list has hundreds of them. */
export function drawTicks(step: number, draw: (at: number) => string): string {
  return Array.from({ length: 100 / step + 1 }, (_, at) => draw(at * step)).join('')
}
