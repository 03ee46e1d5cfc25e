/**
 * SST's own links grant wide rights (`s3:*`, `sqs:*`, the database's secret and its data API). Ours carry only the
 * values that `runtime/resources.ts` parses; `permissions.ts` grants each right by name.
 */
export function linkValuesOnly(): void {
  sst.Linkable.wrap(sst.aws.Bucket, ({ name }) => ({ properties: { name } }))
  sst.Linkable.wrap(sst.aws.Queue, ({ url }) => ({ properties: { url } }))
  sst.Linkable.wrap(sst.aws.Aurora, ({ host, port, username, password, database }) => ({
    properties: { host, port, username, password, database },
  }))
}
