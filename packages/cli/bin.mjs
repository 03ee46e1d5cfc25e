#!/usr/bin/env -S node --max-semi-space-size=4
// Finds the Node that this checkout brings along: the sources run as they are, which an older one cannot do.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const bundled = fileURLToPath(new URL('../../node_modules/.bin/node', import.meta.url))
const [major = 0] = process.versions.node.split('.').map(Number)

if (major >= 24) {
  await import('./main.ts')
} else if (existsSync(bundled)) {
  // Ctrl-C reaches both of us; the child decides when it is done
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined)
  const { status, signal } = spawnSync(bundled, [...process.execArgv, main, ...process.argv.slice(2)], {
    stdio: 'inherit',
  })
  process.exitCode = status ?? (signal ? 1 : 0)
} else {
  process.stderr.write('hunter needs Node 24: run npm ci in this folder first\n')
  process.exitCode = 6
}
