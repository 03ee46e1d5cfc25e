#!/usr/bin/env node
/** The cli package owns the command `hunter`; this file starts it. */
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Half of a command's start is compilation. A folder that all users share could hold another user's code; this one is
// ours, or cannot be written and stays unused.
enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/compiled'))
await import('#cli/start')
