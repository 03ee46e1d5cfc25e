import * as z from 'zod/mini'
import { NOT_JSON } from '#api/contract/fields'
import type { Contract } from '#api/contract/operation'
import { unsubscribeBody } from '#api/unsubscribe/inputs'
import type { unsubscribeTable } from '#api/unsubscribe/table'

const link = {
  params: z.object({ token: z.string().check(z.describe('Names the channel and its address, and is signed')) }),
  inLanguage: true,
  answer: 'page',
} as const
const params = { token: 'AZDwoAAAcACAAAAAAAAAAJ8e2rZx0m3p1Jb6cVt4kQe7wHn5sYl2uXg8dRf0aTiO' }
const text = '<!doctype html>…'

export const unsubscribeContract = {
  answers: {},
  operations: {
    showUnsubscribe: {
      ...link,
      summary: 'Ask whether to unsubscribe',
      description:
        'Shows the reader of a mail a page with a button that unsubscribes. The page changes nothing, because scanners of mail follow its links.',
      example: { params, text },
      errors: ['UNSUBSCRIBE_LINK_INVALID'],
    },
    unsubscribe: {
      ...link,
      summary: 'Unsubscribe from a channel',
      description:
        'Disables the e-mail channel that the link in one of its mails names, and ends what waits for it. Mail programs call it by the header `List-Unsubscribe` (RFC 8058). Only a fresh code of the reader makes the channel active once more.',
      idempotent: { not: 'its link unsubscribes one address, and the second time finds that done' },
      body: unsubscribeBody,
      isForm: true,
      example: { params, body: { 'List-Unsubscribe': 'One-Click' }, text },
      errors: [...NOT_JSON, 'UNSUBSCRIBE_LINK_INVALID', 'DATABASE_UNAVAILABLE', 'DATABASE_BUSY'],
    },
  },
} satisfies Contract<typeof unsubscribeTable, object>
