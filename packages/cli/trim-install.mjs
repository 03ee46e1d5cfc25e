// Runs after npm ci, for a smaller install and a quicker start.
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const modules = process.argv[2] ? pathToFileURL(`${process.argv[2]}/`) : new URL('../../node_modules/', import.meta.url)

// The Node from npm brings 67 MB of C headers, and nothing here is compiled against them.
for (const name of readdirSync(modules).filter((entry) => entry.startsWith('node-linux-')))
  rmSync(new URL(`${name}/include`, modules), { recursive: true, force: true })

// An install for users alone debugs no package: their source maps, 24 MB, stay out. Types stay, since `npm install` would
// not bring them back to a developer.
if (process.env.npm_config_omit?.split(/\s+/).includes('dev'))
  for (const file of readdirSync(modules, { recursive: true }).filter((name) => name.endsWith('.map')))
    rmSync(new URL(file, modules))

// Drizzle lists 447 exports in 179 KB of JSON, which Node parses again for each of the package's files: 0.7 s of CPU at
// every start. Almost all of them are `./name` → `./name.js`, which one pattern says.
const drizzle = new URL('drizzle-orm/package.json', modules)
if (existsSync(drizzle)) {
  const manifest = JSON.parse(readFileSync(drizzle, 'utf8'))
  const files = Object.entries(manifest.exports).map(([name, to]) => [name, to.default ?? to])
  const others = files.filter(([name, file]) => file !== `${name}.js`)
  const exports = { ...Object.fromEntries(others), './*': './*.js' }
  const beside = new URL('drizzle-orm/package.json.new', modules)
  writeFileSync(beside, JSON.stringify({ ...manifest, exports }))
  renameSync(beside, drizzle) // package managers link one file into many installs: never write into it
}
