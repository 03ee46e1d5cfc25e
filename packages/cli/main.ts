#!/usr/bin/env node
/** The command `hunter`: one file per command, loaded when it is called. */
import { existsSync } from 'node:fs'
import { defineCommand } from 'citty'
import packageJson from '../../package.json' with { type: 'json' }
import { keepOwnServersDirect } from '#cli/proxy'
import { runCli } from '#cli/run'
import { outliveReaders } from '#cli/terminal'

const root = defineCommand({
  meta: { name: 'hunter', version: packageJson.version, description: packageJson.description },
  subCommands: {
    dev: () => import('#cli/dev').then((file) => file.devCommand),
    demo: () => import('#cli/demo').then((file) => file.demoCommand),
    signals: () => import('#cli/signals').then((file) => file.signalsCommand),
    scan: () => import('#cli/scan').then((file) => file.scanCommand),
    leads: () => import('#cli/leads').then((file) => file.leadsCommand),
    keys: () => import('#cli/keys').then((file) => file.keysCommand),
    db: () => import('#cli/db').then((file) => file.dbCommand),
    backup: () => import('#cli/backup').then((file) => file.backupCommand),
  },
})

outliveReaders()
if (existsSync('.env')) process.loadEnvFile('.env')
keepOwnServersDirect(process.env)
process.exitCode = await runCli(root, process.argv.slice(2), {
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
})
