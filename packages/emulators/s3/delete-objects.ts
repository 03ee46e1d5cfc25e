/** DeleteObjects: up to a thousand objects in one request, each with its own outcome. */
import type { S3Context } from '#emulators/s3/context'
import { S3Error } from '#emulators/s3/errors'
import type { Bucket } from '#emulators/s3/bucket'
import { removeObject } from '#emulators/s3/objects'
import { receiveText } from '#emulators/s3/payload'
import type { S3Request, S3Response } from '#emulators/s3/request'
import {
  getChildren,
  buildElement,
  expectOnly,
  type Markup,
  buildOptional,
  parseXml,
  getText,
  buildXmlDocument,
} from '#emulators/xml'

const OBJECTS_MAX = 1000

interface Target {
  key: string
  versionId: string | undefined
}

export async function deleteObjects(context: S3Context, request: S3Request): Promise<S3Response> {
  const bucket = context.store.bucket(request.bucket)
  const { targets, quiet } = readTargets(await receiveText(request))
  const results: Markup[] = []
  for (const target of targets) results.push(await deleteOne(context, bucket, target))
  return { status: 200, body: buildXmlDocument('DeleteResult', quiet ? results.filter(isError) : results) }
}

async function deleteOne(context: S3Context, bucket: Bucket, { key, versionId }: Target): Promise<Markup> {
  try {
    const gone = await removeObject(context, bucket, key, versionId)
    const marker = gone?.deleteMarker ? gone.versionId : undefined
    return buildElement(
      'Deleted',
      buildElement('Key', key),
      buildOptional('VersionId', versionId),
      marker && [buildElement('DeleteMarker', 'true'), buildElement('DeleteMarkerVersionId', marker)],
    )
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return buildElement(
      'Error',
      buildElement('Key', key),
      buildElement('Code', 'InternalError'),
      buildElement('Message', message),
    )
  }
}

const isError = (result: Markup) => result.text.startsWith('<Error>')

function readTargets(xml: string): { targets: Target[]; quiet: boolean } {
  const root = parseXml(xml, 'Delete')
  expectOnly(root, ['Object', 'Quiet'])
  const targets = getChildren(root, 'Object').map((node) => {
    expectOnly(node, ['Key', 'VersionId'])
    const key = getText(node, 'Key')
    if (!key) throw new S3Error('MalformedXML', 'An Object has a Key.')
    return { key, versionId: getText(node, 'VersionId') }
  })
  if (targets.length === 0 || targets.length > OBJECTS_MAX) {
    throw new S3Error('MalformedXML', `One request deletes 1 to ${OBJECTS_MAX} objects.`)
  }
  return { targets, quiet: getText(root, 'Quiet') === 'true' }
}
