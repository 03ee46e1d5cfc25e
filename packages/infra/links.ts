/**
 * SST's own links hand out wide rights (`s3:*`, `sqs:*`, the database's secret and its data API). Ours carry the
 * values that `runtime/resources.ts` parses and nothing else; `permissions.ts` names each right.
 */
export function linkValuesOnly(): void {
  sst.Linkable.wrap(sst.aws.Bucket, ({ name }) => ({ properties: { name } }))
  sst.Linkable.wrap(sst.aws.Queue, ({ url }) => ({ properties: { url } }))
  sst.Linkable.wrap(sst.aws.Aurora, ({ host, port, username, password, database }) => ({
    properties: { host, port, username, password, database },
  }))
}
