import { parseBackupId } from '#backups/backup-id'
import { requireVerified, verifyBackup } from '#backups/proof'
import { attach } from '#cli/attach'
import { checksTable, idArg, json, jsonArg, proofText } from '#cli/backup/report'
import { command } from '#cli/command'
import { print, seconds } from '#cli/terminal'
import { newProof } from '#runtime/backups'
import { baseOf } from '#runtime/base'

export const verifyCommand = command(
  {
    meta: { description: 'Prove a backup now: restore it into an embedded Postgres and compare every row' },
    args: { id: idArg, json: jsonArg },
    run: async ({ args }) => {
      const id = parseBackupId(args.id)
      await attach()
      const { deps, input } = newProof(baseOf('cli'), id)
      const proof = await verifyBackup(deps, input)
      if (args.json) {
        print(json(proof))
      } else {
        print(checksTable(proof))
        print(`\nProof level ${proofText(proof)}, ${seconds(proof.durationMs)}`)
        if (proof.restoreMs !== undefined) print(`Restored into ${proof.restoredInto} in ${seconds(proof.restoreMs)}`)
      }
      requireVerified(proof)
    },
  },
  ['npx hunter backup verify 20261120T000000Z-4f9c2a'],
)
