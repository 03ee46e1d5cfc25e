/**
 * Who is blocked and until when, so that a caller known to be over its limit costs no round trip.
 *
 * The limiter would block until its window ends, and with a sliding window that starves a steady caller: the first
 * refusal of a window would cost all of it, half of the limit over time. Blocks therefore last as long as one token
 * takes to come free.
 */
import type { Clock } from '#platform/clock'

/** Ids kept at once; the oldest go first. A forgotten block costs one round trip, nothing more. */
const IDS_MAX = 10_000

export class BlockedIds extends Map<string, number> {
  readonly #clock: Clock
  readonly #blockMsMax: number

  constructor(clock: Clock, blockMsMax: number) {
    super()
    this.#clock = clock
    this.#blockMsMax = blockMsMax
  }

  /** `untilMs` is the last blocked millisecond since the epoch. */
  override set(id: string, untilMs: number): this {
    const [oldest] = this.keys()
    if (this.size >= IDS_MAX && oldest !== undefined) this.delete(oldest)
    this.delete(id) // so that it counts as the newest
    return super.set(id, Math.min(untilMs, this.#clock.now().getTime() + this.#blockMsMax - 1))
  }
}
