import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Returns SHA-256 in hex over the names and contents of the files in a flat folder. */
export function hashFolder(folder: string): string {
  const hash = createHash('sha256')
  for (const file of readdirSync(folder).sort()) {
    const content = readFileSync(join(folder, file))
    hash.update(`${file}\0${content.length}\0`).update(content)
  }
  return hash.digest('hex')
}
