import { POSTGRES_MAJOR } from '#deployment/postgres'
import type { Network } from './network.ts'

export type ProofServer = ReturnType<typeof createProofServer>

/**
 * Proves the backups that the embedded Postgres cannot hold. It is a cluster of its own: a proof slows nothing down in
 * the live one and needs no rights there. It sleeps until it is needed and holds nothing worth keeping.
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
