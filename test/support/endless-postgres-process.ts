/** Opens the embedded Postgres of the folder that it is given and has it work without an end: to be killed. */
import { openPgliteProcess } from '#backups/wasm/pglite-process'

const [dataDir = '', template] = process.argv.slice(2)
const db = await openPgliteProcess({ dataDir, template, archives: [], serverArgs: [] })
process.stdout.write('open\n')
await db.query('DO $$ BEGIN LOOP END LOOP; END $$')
