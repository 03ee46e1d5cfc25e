/** Checks scopes. The authenticator has identified the key before. */
import { createMiddleware } from 'hono/factory'
import type { ApiEnv } from '#api/http/context'
import type { Scope } from '#db/tables'
import type { ApiKey } from '#keys/verify-key'
import { AppError } from '#platform/errors'

/** Middleware: the key needs at least one of the scopes. Fails with SCOPE_MISSING. */
export function requireScope(...scopes: [Scope, ...Scope[]]) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const key = c.get('key') as ApiKey | undefined
    if (!key) throw new Error(`no key was authenticated for ${c.req.method} ${c.req.path}`)
    if (!scopes.some((scope) => hasScope(key, scope))) throw buildScopeError(scopes[0])
    await next()
  })
}

/** The scope admin includes every other scope. */
export function hasScope({ scopes }: Pick<ApiKey, 'scopes'>, scope: Scope): boolean {
  return scopes.includes(scope) || scopes.includes('admin')
}

export function buildScopeError(scope: Scope): AppError {
  return new AppError('SCOPE_MISSING', `this key lacks the scope ${scope}`, { details: { scope } })
}
