import { POSTGRES_MAJOR } from '#deployment/postgres'
import type { Network } from './network.ts'
import { isProduction } from './stage.ts'

export type Database = ReturnType<typeof createDatabase>

export function createDatabase(vpc: Network) {
  return new sst.aws.Aurora('Database', {
    engine: 'postgres',
    version: POSTGRES_MAJOR,
    vpc,
    scaling: isProduction ? { min: '0.5 ACU', max: '8 ACU' } : { min: '0 ACU', max: '2 ACU' },
    transform: {
      // SST would drop a removed cluster without a snapshot and apply major upgrades along the way: both are turned off
      cluster: (args) => {
        args.skipFinalSnapshot = false
        // adds the subnet group's random suffix: a stage that is removed twice needs two snapshot names
        args.finalSnapshotIdentifier = $interpolate`${args.dbSubnetGroupName}-final`
        args.copyTagsToSnapshot = true
        args.allowMajorVersionUpgrade = false
        args.deletionProtection = isProduction
        args.backupRetentionPeriod = isProduction ? 7 : 1
      },
    },
  })
}
