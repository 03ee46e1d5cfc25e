/** Serves the page: the files of the folder that `packages/web` builds. The first request for one loads what reads them. */
import { type Context, Hono } from 'hono'
import type { ApiEnv } from '#api/http/context'
import { createLazy } from '#platform/async/lazy'

/** Where a browser finds the page. */
export const PAGE_PATH = '/app/'

/** `pageFolder`: where a build is, in the order to look. */
export function createPageRoutes({ pageFolders }: { pageFolders: readonly URL[] }): Hono<ApiEnv> {
  const serve = createLazy(async () => (await import('#api/page/serve-page')).createPageServer(pageFolders))
  const answer = async (c: Context<ApiEnv>) => (await serve())(c)
  const routes = new Hono<ApiEnv>()
  routes.get('/app', (c) => c.redirect(`${PAGE_PATH}${new URL(c.req.url).search}`, 308))
  routes.get('/app/*', answer)
  return routes
}
