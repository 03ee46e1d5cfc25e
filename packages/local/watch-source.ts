/** Reports source files that change, for `npm start -- --watch`. */
import { watch } from 'node:fs'
import { join, relative } from 'node:path'

const ROOT = join(import.meta.dirname, '..', '..')

/** The folders that the functions are built from. */
export const SOURCE_FOLDERS = [join(ROOT, 'functions'), join(ROOT, 'packages')]

/** Editors write one file in several steps, and a checkout writes many files. */
const SETTLED_AFTER_MS = 150

interface Watch {
  stop(): void
}

/** Calls `onChange` once for all files that change together; the next call waits until the last one is done. */
export function watchSource(folders: readonly string[], onChange: (files: string[]) => Promise<void>): Watch {
  const changed = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let last = Promise.resolve()
  function tell(): void {
    last = last.then(() => {
      const files = [...changed].toSorted()
      changed.clear()
      return files.length === 0 ? undefined : onChange(files)
    })
  }
  const watchers = folders.map((folder) =>
    watch(folder, { recursive: true }, (_, name) => {
      if (name === null || !/\.(?:ts|json)$/.test(name)) return
      changed.add(relative(ROOT, join(folder, name)))
      clearTimeout(timer)
      timer = setTimeout(tell, SETTLED_AFTER_MS)
    }),
  )
  return {
    stop: () => {
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
    },
  }
}
