/**
 * A real Chromium for the tests of the page: the one of the system, otherwise the one that npm brings, which needs Linux on
 * x64 and no package of the system.
 */
import { execFile } from 'node:child_process'
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { BrowserServer, LaunchOptions } from 'playwright-core'
import { hasTool } from './debian-postgres.ts'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome']
const MODULES = resolve(import.meta.dirname, '../../node_modules')
const PACKAGE = join(MODULES, '@sparticuz/chromium')

export function hasChromium(): boolean {
  return hasTool('Chromium', findSystemChromium() !== undefined || hasNpmChromium())
}

export function hasNpmChromium(): boolean {
  return process.platform === 'linux' && process.arch === 'x64' && existsSync(PACKAGE)
}

/** Starts a browser with a profile of its own, which goes when it ends. */
export async function startChromium(npmOnly = false): Promise<BrowserServer> {
  const path = npmOnly ? undefined : findSystemChromium()
  const options = path === undefined ? await prepareNpmChromium() : { executablePath: path }
  const isRoot = process.getuid?.() === 0 // Chromium refuses its sandbox there
  const { chromium } = await import('playwright-core')
  try {
    return await chromium.launchServer({ ...options, chromiumSandbox: !isRoot })
  } catch (error) {
    if (isRoot || !String(error).includes('sandbox')) throw error
    return chromium.launchServer({ ...options, chromiumSandbox: false }) // most containers forbid it
  }
}

function findSystemChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

async function prepareNpmChromium(): Promise<LaunchOptions> {
  const dir = await unpackNpmChromium()
  return {
    executablePath: join(dir, 'chromium'),
    env: { ...process.env, LD_LIBRARY_PATH: join(dir, 'al2023/lib'), FONTCONFIG_FILE: join(dir, 'fonts.conf') },
  }
}

/** The package's own settings name Lambda's folders. Without a font, Chromium ends when it draws a text field. */
const FONT_SETTINGS = '<fontconfig><dir prefix="relative">fonts</dir></fontconfig>'

/** Unpacks 210 MB once for each version. The folder gets its name when it is complete: two runs may unpack at once. */
async function unpackNpmChromium(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { version: string }
  const dir = join(MODULES, `.cache/npm-chromium-${version}`)
  if (existsSync(dir)) return dir
  const mine = `${dir}.${process.pid}`
  mkdirSync(mine, { recursive: true })
  // the package unpacks into the temporary folder, and its libraries only where it believes that it runs on Lambda
  const env = { ...process.env, TMPDIR: mine, AWS_LAMBDA_JS_RUNTIME: 'nodejs24.x' }
  const unpack = `import('@sparticuz/chromium').then((chromium) => chromium.default.executablePath())`
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', unpack], { cwd: MODULES, env })
  chmodSync(join(mine, 'chromium'), 0o755)
  writeFileSync(join(mine, 'fonts.conf'), FONT_SETTINGS)
  try {
    renameSync(mine, dir)
  } catch (error) {
    rmSync(mine, { recursive: true, force: true })
    if (!existsSync(dir)) throw error
  }
  return dir
}
