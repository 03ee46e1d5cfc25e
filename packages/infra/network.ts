import { isProduction } from './stage.ts'

export type Network = ReturnType<typeof createNetwork>

/** Two zones. Functions inside reach the internet (name servers, Upstash, SQS) through NAT. */
export function createNetwork() {
  const vpc = new sst.aws.Vpc('Network', { az: 2, nat: isProduction ? 'managed' : 'ec2' })
  // dumps reach S3 from inside: the gateway endpoint is free, while NAT charges per gigabyte
  new aws.ec2.VpcEndpoint('NetworkS3', {
    vpcId: vpc.id,
    serviceName: $interpolate`com.amazonaws.${aws.getRegionOutput().region}.s3`,
    vpcEndpointType: 'Gateway',
    routeTableIds: vpc.nodes.privateRouteTables.apply((tables) => tables.map(({ id }) => id)),
  })
  return vpc
}
