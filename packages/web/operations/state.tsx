import { Health } from '#web/operations/health.tsx'
import { DeadLetters, Queue } from '#web/operations/queue.tsx'
import { Schedule } from '#web/operations/schedule.tsx'

/** What a person on call looks at first. */
export function StatePart() {
  return (
    <div class="state-part">
      <div class="panels">
        <Health />
        <Queue />
      </div>
      <div class="panels">
        <Schedule />
        <DeadLetters />
      </div>
    </div>
  )
}
