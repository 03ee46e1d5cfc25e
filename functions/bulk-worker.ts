import { createBulkWorker } from '#runtime/bulk-worker'

export const handler = createBulkWorker()
