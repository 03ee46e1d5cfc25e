import type { Clock } from '#platform/clock'

/** A clock that moves only when the test says so. */
export class TestClock implements Clock {
  #nowMs: number

  constructor(start: string | Date = '2026-11-20T00:00:00Z') {
    this.#nowMs = new Date(start).getTime()
  }

  now(): Date {
    return new Date(this.#nowMs)
  }

  advanceMs(ms: number): void {
    this.#nowMs += ms
  }
}
