import type { Context, Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { parseFormBody } from '#api/http/form'
import { negotiateLanguage } from '#api/http/language'
import type { KeyRouteDeps } from '#api/keys/routes'
import { mountRoutes } from '#api/middleware/mount-routes'
import { unsubscribeBody } from '#api/unsubscribe/inputs'
import type { PageName } from '#api/unsubscribe/page'
import { unsubscribeTable } from '#api/unsubscribe/table'
import { AppError } from '#platform/errors'

/** Few readers come here: the first request loads what does the work. */
const loadUnsubscribe = () => import('#alerts/unsubscribe')

/** The signed token in the path is all that a request needs: the reader of a mail has no key. */
export function createUnsubscribeRoutes({ keyDeps }: Pick<KeyRouteDeps, 'keyDeps'>): Hono<ApiEnv> {
  return mountRoutes(unsubscribeTable, {
    showUnsubscribe: (c) =>
      answerReader(c, async () => {
        const { requireLink } = await loadUnsubscribe()
        requireLink(keyDeps, c.req.param('token'))
        return 'ask'
      }),

    unsubscribe: (c) =>
      answerReader(c, async () => {
        await parseFormBody(c, unsubscribeBody)
        const { unsubscribeChannel } = await loadUnsubscribe()
        await unsubscribeChannel(keyDeps, { token: c.req.param('token'), requestId: c.get('requestId') })
        return 'done'
      }),
  })
}

/** A browser shows a page also where the link does not work; a program gets the usual failure. */
async function answerReader(c: Context<ApiEnv>, work: () => Promise<PageName>): Promise<Response> {
  try {
    return await sendPage(c, await work())
  } catch (error) {
    const isRefused = error instanceof AppError && error.code === 'UNSUBSCRIBE_LINK_INVALID'
    if (!isRefused || !/\btext\/html\b/i.test(c.req.header('Accept') ?? '')) throw error
    c.set('errorCode', error.code)
    return sendPage(c, 'refused', 404)
  }
}

async function sendPage(c: Context<ApiEnv>, name: PageName, status: 200 | 404 = 200): Promise<Response> {
  const { PAGE_POLICY, writePage } = await import('#api/unsubscribe/page')
  c.header('Cache-Control', 'no-store')
  c.header('Content-Security-Policy', PAGE_POLICY)
  c.header('Vary', 'Accept', { append: true })
  return c.html(writePage(name, negotiateLanguage(c)), status)
}
