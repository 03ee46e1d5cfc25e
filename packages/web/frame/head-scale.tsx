import { useTexts } from '#web/frame/language'
import { drawTicks, type ScaleProps } from '#web/frame/scale.tsx'
import { texts } from '#web/texts/texts'

const NUMBERS = [0, 25, 50, 75, 100]
const PX_PER_POINT = 4

/** The scale at the head of a lead, with its numbers. */
export function HeadScale({ value, min = value, max = value }: ScaleProps) {
  const t = useTexts(texts)
  const x = (at: number) => at * PX_PER_POINT
  return (
    <svg class="scale" data-look="head" viewBox="-12 0 424 52" role="img" aria-label={t.score(value, min, max)}>
      <path class="scale-rule" d="M0 34.5H400" />
      <path class="scale-rule" d={drawTicks(5, (at) => `M${x(at)} 34.5v${at % 25 ? -4 : -8}`)} />
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
