import { useTexts } from '#web/frame/language'
import { texts } from '#web/texts/texts'

interface ScaleProps {
  value: number
  /** The range while signals are unknown; equal to the value when all is known. */
  min?: number
  max?: number
  look?: 'row' | 'head'
}

const TICKS = { row: 25, head: 5 }
const NUMBERS = [0, 25, 50, 75, 100]

/** The instrument of the page: a rule from 0 to 100, the score as its marker, the range as a bracket. */
export function Scale({ value, min = value, max = value, look = 'row' }: ScaleProps) {
  const t = useTexts(texts)
  return look === 'row' ? (
    <RowScale value={value} min={min} max={max} label={t.score(value, min, max)} />
  ) : (
    <HeadScale value={value} min={min} max={max} label={t.score(value, min, max)} />
  )
}

type Drawn = Required<Omit<ScaleProps, 'look'>> & { label: string }

function RowScale({ value, min, max, label }: Drawn) {
  return (
    <svg class="scale" viewBox="-3 0 106 16" width="84" height="13" role="img" aria-label={label}>
      <path class="scale-rule" d="M0 12.5H100" />
      {range(TICKS.row).map((at) => (
        <path key={at} class="scale-rule" d={`M${at} 12.5V${at % 50 ? 10 : 8.5}`} />
      ))}
      {min < max && <path class="scale-range" d={`M${min} 9.5V5.5H${max}V9.5`} />}
      <path class="scale-mark" d={`M${value} 12.5l-3.6 -9h7.2z`} />
    </svg>
  )
}

function HeadScale({ value, min, max, label }: Drawn) {
  const x = (at: number) => at * 4
  return (
    <svg class="scale" data-look="head" viewBox="-12 0 424 52" role="img" aria-label={label}>
      <path class="scale-rule" d="M0 34.5H400" />
      {range(TICKS.head).map((at) => (
        <path key={at} class="scale-rule" d={`M${x(at)} 34.5v${at % 25 ? -4 : -8}`} />
      ))}
      {NUMBERS.map((at) => (
        <text key={at} class="scale-number" x={x(at)} y="49" text-anchor="middle">
          {at}
        </text>
      ))}
      {min < max && <path class="scale-range" d={`M${x(min)} 26V16H${x(max)}V26`} />}
      <path class="scale-mark" d={`M${x(value)} 34l-6 -17h12z`} />
    </svg>
  )
}

function range(step: number): number[] {
  return Array.from({ length: 100 / step + 1 }, (_, at) => at * step)
}
