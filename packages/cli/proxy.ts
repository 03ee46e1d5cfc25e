import { setGlobalProxyFromEnv } from 'node:http'

const OWN = 'localhost,127.0.0.1,[::1]'

/**
 * NODE_USE_ENV_PROXY=1 makes Node send every request to the proxy, even those to our own stack on this machine. A proxy
 * cannot forward them, and a dead one would make the stack look dead.
 */
export function keepOwnServersDirect(env: NodeJS.ProcessEnv): void {
  if (env['NODE_USE_ENV_PROXY'] !== '1') return
  const others = env['NO_PROXY'] ?? env['no_proxy']
  // sets both spellings, since the lower-case one wins
  const NO_PROXY = others ? `${others},${OWN}` : OWN
  setGlobalProxyFromEnv({ ...env, NO_PROXY, no_proxy: NO_PROXY })
}
