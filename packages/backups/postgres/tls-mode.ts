/**
 * Reads `sslmode` as libpq does: `require` encrypts and verifies nothing unless there is a `sslrootcert`; `verify-ca`
 * and `verify-full` verify. node-postgres would treat them all as `verify-full`.
 */
export function resolveTlsMode(databaseUrl: string): [first: string, second?: string] {
  if (!databaseUrl.includes('sslmode=')) return [databaseUrl]
  const withMode = (mode: string) => {
    const url = new URL(databaseUrl)
    url.searchParams.set('sslmode', mode)
    url.searchParams.set('uselibpqcompat', 'true')
    return url.href
  }
  const mode = new URL(databaseUrl).searchParams.get('sslmode') ?? ''
  if (mode === 'no-verify') return [databaseUrl] // node-postgres's own word for `require`.
  if (mode === 'prefer' || mode === 'allow') return [withMode('prefer'), withMode('disable')]
  return [withMode(mode)]
}
