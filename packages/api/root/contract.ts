import * as z from 'zod/mini'
import { describeField, texts } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import type { rootTable } from '#api/root/table'

const about = z.object({
  name: describeField(z.string(), 'Name of the service', 'Hunter'),
  version: describeField(z.string(), 'Version of the service', '0.1.0'),
  about: describeField(
    z.string(),
    'What the service does',
    'What a company runs for e-mail, and how good a lead it is.',
  ),
  authorization: describeField(z.string(), 'The header that carries the key', 'Authorization: Bearer <key>'),
  documentation: describeField(texts, 'Paths of the documentation', ['/docs', '/openapi.json']),
})

const answers = { about }

export const rootContract = {
  answers,
  operations: {
    describeService: {
      summary: 'Describe this service',
      description:
        'Says what this service is and where its documentation is. A browser (`Accept: text/html`) is sent to the page at `/app/` instead.',
      answer: 'about',
    },
  },
} satisfies Contract<typeof rootTable, typeof answers>
