// Runs after npm ci: the Node from npm brings 67 MB of C headers, and nothing here is compiled against them.
import { readdirSync, rmSync } from 'node:fs'

const modules = new URL('../../node_modules/', import.meta.url)
for (const name of readdirSync(modules).filter((entry) => entry.startsWith('node-linux-')))
  rmSync(new URL(`${name}/include`, modules), { recursive: true, force: true })
