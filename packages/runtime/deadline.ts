import type { ProcessContext } from '#runtime/process-context'

/** Enough to undo what was begun and to say so, before the function is stopped. */
const RESERVE_MS = 30_000

/** When a function should end by itself; undefined where nobody stops it. */
export function getDeadline(
  { clock }: Pick<ProcessContext, 'clock'>,
  context: { getRemainingTimeInMillis?: () => number } | undefined,
): Date | undefined {
  const leftMs = context?.getRemainingTimeInMillis?.()
  return leftMs === undefined ? undefined : new Date(clock.now().getTime() + leftMs - RESERVE_MS)
}
