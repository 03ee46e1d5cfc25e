import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  HeadObjectCommand,
  type LifecycleRule,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3'
import { expect, it } from 'vitest'
import type { Suite } from './suite.ts'

const byTag = (Value: string, Days: number): LifecycleRule => ({
  ID: `expire-${Value}`,
  Status: 'Enabled',
  Filter: { And: { Prefix: 'backups/', Tags: [{ Key: 'expire', Value }] } },
  Expiration: { Days },
})

export function describeLifecycle(suite: Suite): void {
  const { client, needs, target } = suite
  const setRules = (Bucket: string, Rules: LifecycleRule[]) =>
    client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }))
  const put = (Bucket: string, Key: string, Tagging?: string) =>
    client.send(new PutObjectCommand({ Bucket, Key, Body: Key, ...(Tagging ? { Tagging } : {}) }))
  const keysOf = async (Bucket: string) => {
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }))
    return (Contents ?? []).map((entry) => entry.Key)
  }
  const versionsOf = async (Bucket: string) => {
    const { Versions, DeleteMarkers } = await client.send(new ListObjectVersionsCommand({ Bucket }))
    return {
      versions: (Versions ?? []).map((entry) => entry.Key),
      markers: (DeleteMarkers ?? []).map((entry) => entry.Key),
    }
  }

  needs('lifecycle-shape')('keeps the rules as they were given', async () => {
    const Bucket = await suite.makeBucket()
    const get = () => client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))
    await expect(get()).rejects.toMatchObject({ name: 'NoSuchLifecycleConfiguration' })
    const rules: LifecycleRule[] = [
      byTag('daily', 30),
      { ID: 'by-tag', Status: 'Enabled', Filter: { Tag: { Key: 'a b', Value: '<&>' } }, Expiration: { Days: 84 } },
      { ID: 'off', Status: 'Disabled', Filter: { Prefix: 'tmp/' }, Expiration: { Days: 1 } },
      {
        ID: 'tidy',
        Status: 'Enabled',
        Filter: { Prefix: '' },
        NoncurrentVersionExpiration: { NoncurrentDays: 7 },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
        Expiration: { ExpiredObjectDeleteMarker: true },
      },
    ]
    await setRules(Bucket, rules)
    const { Rules } = await get()
    expect(byId(Rules!)).toEqual(byId(rules))
    await setRules(Bucket, rules.slice(0, 1))
    expect((await get()).Rules).toEqual(rules.slice(0, 1))
  })

  it('says when an object will expire and by which rule, as soon as it is tagged', async () => {
    const Bucket = await suite.makeBucket()
    const Key = 'backups/1'
    await setRules(Bucket, [byTag('daily', 30), byTag('weekly', 84)])
    await put(Bucket, Key)
    const head = () => client.send(new HeadObjectCommand({ Bucket, Key }))
    expect((await head()).Expiration).toBeUndefined()
    const TagSet = [{ Key: 'expire', Value: 'weekly' }]
    await client.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet } }))
    const { Expiration, LastModified } = await head()
    const [, date, rule] = /^expiry-date="([^"]+)", rule-id="([^"]+)"$/.exec(Expiration!) ?? []
    expect(rule).toBe('expire-weekly')
    const dayMs = 86_400_000
    const midnight = (Math.floor(LastModified!.getTime() / dayMs) + 85) * dayMs
    expect(new Date(date!).toISOString()).toBe(new Date(midnight).toISOString())
  })

  needs('lifecycle-checks')('refuses rules that S3 refuses, and keeps the ones before', async () => {
    const Bucket = await suite.makeBucket()
    await setRules(Bucket, [byTag('daily', 30)])
    const tagged = { Tag: { Key: 'expire', Value: 'daily' } }
    const base = { ID: 'bad', Status: 'Enabled' as const }
    const bad: [LifecycleRule[], string][] = [
      [[{ ...base, Filter: tagged, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }], 'InvalidRequest'],
      [[{ ...base, Filter: tagged, Expiration: { ExpiredObjectDeleteMarker: true } }], 'InvalidRequest'],
      [[{ ...base, Filter: { Prefix: '' } }], 'InvalidRequest'],
      [[{ ...base, Filter: { Prefix: '' }, Expiration: { Days: 0 } }], 'InvalidArgument'],
      [[byTag('daily', 1), byTag('daily', 2)], 'InvalidArgument'],
    ]
    for (const [rules, name] of bad) await expect(setRules(Bucket, rules)).rejects.toMatchObject({ name })
    const { Rules } = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))
    expect(Rules).toEqual([byTag('daily', 30)])
  })

  needs('passing-days')('expires by tag and prefix together, each at its age, and nothing else', async () => {
    const Bucket = await suite.makeBucket()
    await setRules(Bucket, [byTag('daily', 1), byTag('weekly', 30)])
    await put(Bucket, 'backups/daily', 'expire=daily')
    await put(Bucket, 'backups/daily-and-more', 'expire=daily&kind=dump')
    await put(Bucket, 'backups/other-tag', 'expired=daily')
    await put(Bucket, 'backups/untagged')
    await put(Bucket, 'backups/weekly', 'expire=weekly')
    await put(Bucket, 'elsewhere/daily', 'expire=daily')
    await target.passDays(2)
    const kept = ['backups/other-tag', 'backups/untagged', 'backups/weekly', 'elsewhere/daily']
    await expect.poll(() => keysOf(Bucket), POLL).toEqual(kept)
  })

  needs('passing-days')('counts the age from the creation of an object, however late it is tagged', async () => {
    const Bucket = await suite.makeBucket()
    await setRules(Bucket, [byTag('daily', 1)])
    await put(Bucket, 'backups/late')
    await target.passDays(3)
    expect(await keysOf(Bucket)).toEqual(['backups/late'])
    const TagSet = [{ Key: 'expire', Value: 'daily' }]
    await client.send(new PutObjectTaggingCommand({ Bucket, Key: 'backups/late', Tagging: { TagSet } }))
    await target.passDays(0)
    await expect.poll(() => keysOf(Bucket), POLL).toEqual([])
  })

  needs('passing-days')('aborts uploads that were never completed', async () => {
    const Bucket = await suite.makeBucket()
    const Filter = { Prefix: 'backups/' }
    const abort = { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }
    await setRules(Bucket, [{ ID: 'abort', Status: 'Enabled', Filter, ...abort }])
    for (const Key of ['backups/stale', 'other/kept'])
      await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))
    await target.passDays(2)
    const open = async () => {
      const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket }))
      return (Uploads ?? []).map((upload) => upload.Key)
    }
    await expect.poll(open, POLL).toEqual(['other/kept'])
  })

  needs('passing-days')(
    'puts a marker on expired objects where there are versions, then erases the old versions, then the marker',
    async () => {
      const Bucket = await suite.makeBucket()
      const VersioningConfiguration = { Status: 'Enabled' as const }
      await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
      const Filter = { Prefix: '' }
      await setRules(Bucket, [
        {
          ID: 'expire',
          Status: 'Enabled',
          Filter: { Tag: { Key: 'expire', Value: 'daily' } },
          Expiration: { Days: 1 },
        },
      ])
      await put(Bucket, 'expiring', 'expire=daily')
      await put(Bucket, 'staying')
      await target.passDays(2)
      await expect.poll(() => keysOf(Bucket), POLL).toEqual(['staying'])
      expect(await versionsOf(Bucket)).toEqual({ versions: ['expiring', 'staying'], markers: ['expiring'] })
      await setRules(Bucket, [
        { ID: 'old', Status: 'Enabled', Filter, NoncurrentVersionExpiration: { NoncurrentDays: 1 } },
        { ID: 'markers', Status: 'Enabled', Filter, Expiration: { ExpiredObjectDeleteMarker: true } },
      ])
      await target.passDays(3)
      await target.passDays(1)
      await expect.poll(() => versionsOf(Bucket), POLL).toEqual({ versions: ['staying'], markers: [] })
    },
  )

  needs('passing-days')('does not act on rules that are off', async () => {
    const Bucket = await suite.makeBucket()
    await setRules(Bucket, [{ ...byTag('daily', 1), Status: 'Disabled' }])
    await put(Bucket, 'backups/a', 'expire=daily')
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'never' }))
    await target.passDays(5)
    expect(await keysOf(Bucket)).toEqual(['backups/a'])
  })
}

/** Other servers act on their rules a while after they are due. */
const POLL = { timeout: 20_000, interval: 500 }

const byId = (rules: LifecycleRule[]) => rules.toSorted((left, right) => (left.ID! < right.ID! ? -1 : 1))
