import { requireVerified, verifyBackup } from '#backups/proof'
import { fromArg, nameArg, openBackup } from '#cli/backup/place'
import { checksTable, idArg, json, jsonArg, proofText } from '#cli/backup/report'
import { command } from '#cli/command'
import { print, seconds } from '#cli/terminal'
import { newProof } from '#runtime/backups'
import { baseOf } from '#runtime/base'
import { VERSION } from '#runtime/version'

export const verifyCommand = command(
  {
    meta: { description: 'Prove a backup now: restore it into an embedded Postgres and compare every row' },
    args: { id: idArg, from: fromArg, name: nameArg, json: jsonArg },
    run: async ({ args }) => {
      const { alone, ref } = await openBackup(args)
      const deps = alone ?? newProof(baseOf('cli'), ref.id, ref.source).deps
      const proof = await verifyBackup(deps, { ...ref, toolVersion: VERSION })
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
  [
    'npx hunter backup verify 20261120T000000Z-4f9c2a',
    'npx hunter backup verify 20261120T000000Z-4f9c2a --from /mnt/backups',
  ],
)
