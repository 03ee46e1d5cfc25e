import type { Network } from './network.ts'
import { PUBLIC_RANGES } from './public-ranges.ts'

const POSTGRES_PORT = 5432

export type Outward = ReturnType<typeof createOutward>

/**
 * The network for functions that connect to addresses which people type: the internet, and the database inside. The code
 * refuses private addresses itself; this is the second wall.
 */
export function createOutward(vpc: Network) {
  const group = new aws.ec2.SecurityGroup('Outward', {
    vpcId: vpc.id,
    description: 'Lets functions reach the internet and Postgres, and nothing else inside',
    egress: [
      { protocol: '-1', fromPort: 0, toPort: 0, cidrBlocks: PUBLIC_RANGES },
      { protocol: 'tcp', fromPort: POSTGRES_PORT, toPort: POSTGRES_PORT, cidrBlocks: [vpc.nodes.vpc.cidrBlock] },
    ],
  })
  return { privateSubnets: vpc.privateSubnets, securityGroups: [group.id] }
}
