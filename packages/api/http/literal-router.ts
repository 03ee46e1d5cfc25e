import type { Result, Router } from 'hono/router'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { SmartRouter } from 'hono/router/smart-router'
import { TrieRouter } from 'hono/router/trie-router'
import type { RouterRoute } from 'hono/types'

type Target = [unknown, RouterRoute]

/**
 * Hono's own router, except that a path which a route names literally is never another route's parameter: `domain` in
 * `/ingest/domain` is no import, so that GET gets 405 there and `Allow` names POST alone.
 */
export function createLiteralRouter<T>(): Router<T>
export function createLiteralRouter(): Router<Target> {
  const router = new SmartRouter<Target>({ routers: [new RegExpRouter(), new TrieRouter()] })
  const literals = new Set<string>()
  return {
    name: 'LiteralRouter',
    add: (method, path, target) => {
      if (!/[:*]/.test(path)) literals.add(path)
      router.add(method, path, target)
    },
    match: (method, path) => {
      const found = router.match(method, path)
      return literals.has(path) ? keepLiteral(found, path) : found
    },
  }
}

/** Keeps middleware as well, which takes any method. */
function keepLiteral([targets, ...stash]: Result<Target>, path: string): Result<Target> {
  const kept = targets.filter(([[, route]]) => route.path === path || route.method === 'ALL')
  return [kept, ...stash] as Result<Target>
}
