export type Redis = ReturnType<typeof createRedis>

/**
 * Holds limits and caches: everything in it can be computed again, so it may evict. Credentials: UPSTASH_EMAIL,
 * UPSTASH_API_KEY.
 */
export function createRedis() {
  const cache = new upstash.RedisDatabase('Cache', {
    databaseName: `${$app.name}-${$app.stage}`,
    region: 'global',
    primaryRegion: 'eu-central-1',
    tls: true,
    eviction: true,
  })
  return new sst.Linkable('Redis', {
    properties: { url: $interpolate`https://${cache.endpoint}`, token: cache.restToken },
  })
}
