import * as z from 'zod/mini'
import { texts } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import type { rootTable } from '#api/root/table'

const about = z.object({
  name: z.string(),
  version: z.string(),
  about: z.string(),
  authorization: z.string(),
  documentation: texts,
})

const answers = { about }

export const rootContract = {
  answers,
  operations: {
    describeService: { summary: 'Describe this service', answer: 'about' },
  },
} satisfies Contract<typeof rootTable, typeof answers>
