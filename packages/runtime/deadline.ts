import type { ProcessContext } from '#runtime/process-context'

/** Time to undo what was begun, and to log it, before Lambda stops the function. */
const RESERVE_MS = 30_000

/** Returns when a function should end by itself, before Lambda's timeout; undefined outside Lambda. */
export function getDeadline(
  { clock }: Pick<ProcessContext, 'clock'>,
  context: { getRemainingTimeInMillis?: () => number } | undefined,
): Date | undefined {
  const leftMs = context?.getRemainingTimeInMillis?.()
  return leftMs === undefined ? undefined : new Date(clock.now().getTime() + leftMs - RESERVE_MS)
}
