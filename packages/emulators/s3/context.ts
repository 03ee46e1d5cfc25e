import type { Clock } from '#platform/clock'
import type { Store } from '#emulators/s3/store'

/** Dependencies of every operation. */
export interface S3Context {
  store: Store
  clock: Clock
}
