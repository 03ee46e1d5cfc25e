import { execFileSync } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { AppError } from '#platform/errors'

/** Appends a program's arguments to its launcher's. */
export type Launcher = (program: string, args: string[]) => [program: string, args: string[]]

const NOBODY = 65_534

/**
 * Builds the command that runs Postgres as the present user.
 *
 * Postgres refuses to run as root, so root switches to an unprivileged user, who must still reach the program and its
 * data below a 0700 home: that user keeps one capability, DAC_OVERRIDE, and `no_setuid_fixup` so that access(2) honours
 * it. The server is told to stop when this process dies, even by SIGKILL.
 */
export async function createPostgresLauncher(dataDir: string): Promise<{ launch: Launcher; owner: Owner | undefined }> {
  const isRoot = process.getuid?.() === 0
  if (!hasSetpriv()) {
    if (isRoot) throw new AppError('PART_FAILED', 'Postgres does not run as root and setpriv (util-linux) is missing')
    return { launch: (program, args) => [program, args], owner: undefined }
  }
  const diesWithUs = '--pdeathsig=INT'
  if (!isRoot) return { launch: (program, args) => ['setpriv', [diesWithUs, program, ...args]], owner: undefined }
  const owner = await findOwner(dataDir)
  const handOver = [
    `--reuid=${owner.uid}`,
    `--regid=${owner.gid}`,
    '--clear-groups',
    '--inh-caps=-all,+dac_override',
    '--ambient-caps=-all,+dac_override',
    '--bounding-set=-all,+dac_override',
    '--securebits=+no_setuid_fixup',
  ]
  return { launch: (program, args) => ['setpriv', [...handOver, diesWithUs, program, ...args]], owner }
}

interface Owner {
  uid: number
  gid: number
}

async function findOwner(dataDir: string): Promise<Owner> {
  const { uid, gid } = await stat(dataDir).catch(() => ({ uid: 0, gid: 0 }))
  return uid === 0 ? { uid: NOBODY, gid: NOBODY } : { uid, gid }
}

function hasSetpriv(): boolean {
  try {
    execFileSync('setpriv', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
