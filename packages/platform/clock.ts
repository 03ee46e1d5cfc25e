/** Time arrives as a value: only `runtime/` and `cli/` make the real one. */
export interface Clock {
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }
