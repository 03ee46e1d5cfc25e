import * as z from 'zod/mini'
import { UPLOAD_TYPES } from '#transfers/upload-limits'

export const uploadBody = z.strictObject({
  content_type: z
    .enum(UPLOAD_TYPES, `must be one of ${UPLOAD_TYPES.join(', ')}`)
    .check(z.describe('Type of the file: CSV or XLSX')),
})
