import type { Clock } from '#platform/clock'
import type { Store } from '#emulators/s3/store'

/** What every operation works with. */
export interface S3Context {
  store: Store
  clock: Clock
}
