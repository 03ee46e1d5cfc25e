import { createBulkWorker } from '#runtime/scans'

export const handler = createBulkWorker()
