/** `npm run bench -- <name> [arguments]`: each benchmark is a file beside this one. */
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'

const names = readdirSync(import.meta.dirname)
  .map((file) => basename(file, '.ts'))
  .filter((name) => name !== 'main')
const [name = ''] = process.argv.splice(2, 1)

if (names.includes(name)) {
  await import(join(import.meta.dirname, `${name}.ts`))
} else {
  console.error(`name one of ${names.join(', ')}`)
  process.exitCode = 2
}
