import type { Page, PageQuery } from '#db/page'

const PAGE_LENGTH = 1_000

/** Reads a whole list, page by page. */
export async function readAll<T>(read: (page: PageQuery) => Promise<Page<T>>): Promise<T[]> {
  const all: T[] = []
  for (let cursor: string | undefined; ;) {
    const { items, nextCursor } = await read({ limit: PAGE_LENGTH, cursor })
    all.push(...items)
    if (nextCursor === null) return all
    cursor = nextCursor
  }
}
