import type { MemberStore } from '#backups/dump/read-member'

interface CountedReads {
  store: MemberStore
  /** Number of GET requests. */
  count(): number
  /** Bytes received. */
  bytes(): number
}

/** Wraps a store and counts what is read from it. */
export function countReads({ read }: MemberStore): CountedReads {
  let count = 0
  let bytes = 0
  async function* counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      bytes += chunk.length
      yield chunk
    }
  }
  return {
    store: {
      read: async (object, range) => {
        count += 1
        return counted(await read(object, range))
      },
    },
    count: () => count,
    bytes: () => bytes,
  }
}
