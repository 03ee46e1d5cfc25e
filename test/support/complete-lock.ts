/**
 * `npm install` leaves an optional package out of the lock when the registry does not offer it (a binary for another
 * platform, mostly), and `npm ci` then refuses the lock as out of step. Run after a change of dependencies
 * (`npm run lock`): adds those entries, which `npm ci` skips by their platform without asking for them.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

interface LockEntry {
  version?: string
  dev?: boolean
  optional?: boolean
  os?: string[]
  cpu?: string[]
  libc?: string[]
  optionalDependencies?: Record<string, string>
}
interface Lock {
  packages: Record<string, LockEntry>
}

const OS: [word: string, os: string][] = [
  ...['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'].map(
    (os): [string, string] => [os, os],
  ),
  ['windows', 'win32'],
]
const CPU: [word: string, cpu: string][] = [
  ['arm-eabi', 'arm'],
  ['armv7', 'arm'],
  ['arm64', 'arm64'],
  ['loongarch64', 'loong64'],
  ...['x64', 'ia32', 'riscv64', 'ppc64', 's390x', 'loong64', 'mips64el', 'wasm32', 'arm'].map(
    (cpu): [string, string] => [cpu, cpu],
  ),
]

/** Optional packages that an entry of the lock names and that the lock does not hold, with the entry each should have. */
export function missingOptionals({ packages }: Lock): Map<string, LockEntry> {
  const missing = new Map<string, LockEntry>()
  for (const [where, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const path = `node_modules/${name}`
      if (packages[path] || packages[`${where}/${path}`]) continue
      missing.set(path, entryOf(name, version, entry.dev ?? false))
    }
  }
  return missing
}

function entryOf(name: string, version: string, dev: boolean): LockEntry {
  const os = OS.find(([word]) => name.includes(word))?.[1]
  const cpu = CPU.find(([word]) => name.includes(word))?.[1]
  if (os === undefined && cpu === undefined) throw new Error(`${name} is missing, and its name tells no platform`)
  const libc = name.includes('musl') ? 'musl' : os === 'linux' && name.includes('gnu') ? 'glibc' : undefined
  return {
    version,
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(dev ? { dev } : {}),
    ...(libc === undefined ? {} : { libc: [libc] }),
    optional: true,
    ...(os === undefined ? {} : { os: [os] }),
  }
}

export function readLock(path = 'package-lock.json'): Lock {
  return JSON.parse(readFileSync(path, 'utf8')) as Lock
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const lock = readLock()
  const missing = missingOptionals(lock)
  const { '': root, ...others } = { ...lock.packages, ...Object.fromEntries(missing) }
  const sorted = Object.entries(others).sort(([a], [b]) => a.localeCompare(b, 'en'))
  lock.packages = { '': root ?? {}, ...Object.fromEntries(sorted) }
  writeFileSync('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`)
  process.stdout.write(`${missing.size} optional packages added to the lock\n`)
}
