import { POSTGRES_MAJOR } from '#deployment/postgres'
import type { Network } from './network.ts'

export type ProofServer = ReturnType<typeof createProofServer>

/**
 * Where backups are proven that the embedded Postgres cannot hold: a cluster of its own, so that a proof costs the live
 * one nothing and needs none of its rights. It sleeps until it is asked, and holds nothing that must be kept.
 */
export function createProofServer(vpc: Network) {
  return new sst.aws.Aurora('ProofServer', {
    engine: 'postgres',
    version: POSTGRES_MAJOR,
    vpc,
    scaling: { min: '0 ACU', max: '8 ACU' },
    transform: {
      cluster: (args) => {
        args.allowMajorVersionUpgrade = false
      },
    },
  })
}
