import * as z from 'zod/mini'
import { defineLine } from '#db/input-fields'

export const confirmBody = z.strictObject({
  code: defineLine(1, 100).check(z.describe('The code of the newest test message')),
})
