import { useTexts } from '#web/frame/language'
import { texts } from '#web/texts/texts'

interface ScaleProps {
  value: number
  /** The range while signals are unknown; equal to the value when all is known. */
  min?: number
  max?: number
  look?: 'row' | 'head'
}

/** The instrument of the page: a rule from 0 to 100, the score as its marker, the range as a bracket. */
export function Scale({ value, min = value, max = value, look = 'row' }: ScaleProps) {
  const label = useTexts(texts).score(value, min, max)
  if (look === 'head') return <HeadScale value={value} min={min} max={max} label={label} />
  return (
    <svg class="scale" viewBox="-3 0 106 16" width="84" height="13" role="img" aria-label={label}>
      <path class="scale-rule" d="M0 12.5H100M0 12.5v-4M25 12.5v-2.5M50 12.5v-4M75 12.5v-2.5M100 12.5v-4" />
      {min < max && <path class="scale-range" d={`M${min} 9.5v-4H${max}v4`} />}
      <path class="scale-mark" d={`M${value} 12.5l-3.6-9h7.2z`} />
    </svg>
  )
}

function HeadScale({ value, min, max, label }: { value: number; min: number; max: number; label: string }) {
  const ticks = Array.from({ length: 21 }, (_, at) => `M${at * 20} 34.5v-${at % 5 ? 4 : 8}`)
  return (
    <svg class="scale" data-look="head" viewBox="-12 0 424 52" role="img" aria-label={label}>
      <path class="scale-rule" d={`M0 34.5H400${ticks.join('')}`} />
      {[0, 25, 50, 75, 100].map((at) => (
        <text key={at} class="scale-number" x={at * 4} y="49" text-anchor="middle">
          {at}
        </text>
      ))}
      {min < max && <path class="scale-range" d={`M${min * 4} 26v-10H${max * 4}v10`} />}
      <path class="scale-mark" d={`M${value * 4} 34l-6-17h12z`} />
    </svg>
  )
}
