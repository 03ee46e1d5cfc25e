/** Runs the command that the process's arguments name. */
import { existsSync } from 'node:fs'
import { keepOwnServersDirect } from '#cli/proxy'
import { rootCommand } from '#cli/root'
import { runCli } from '#cli/run'
import { ignoreBrokenPipe } from '#cli/terminal'

ignoreBrokenPipe()
if (existsSync('.env')) process.loadEnvFile('.env')
keepOwnServersDirect(process.env)
process.exitCode = await runCli(rootCommand, process.argv.slice(2), {
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
})
