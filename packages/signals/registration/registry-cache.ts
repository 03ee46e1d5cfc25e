/** Where what was learnt of the registries outlives the process; reading may answer anything. Neither method throws. */
export interface RegistryCache {
  read(name: string): Promise<unknown>
  write(name: string, value: object, ttlMs: number): Promise<void>
}

/** For a process that lives as long as its work. */
export const NO_CACHE: RegistryCache = { read: async () => undefined, write: async () => undefined }
