/** Caches what Hunter learnt about registries beyond the process. `read` may return anything. Neither method throws. */
export interface RegistryCache {
  read(name: string): Promise<unknown>
  write(name: string, value: object, ttlMs: number): Promise<void>
}

/** No cache, for a process that ends with its work. */
export const NO_CACHE: RegistryCache = { read: async () => undefined, write: async () => undefined }
