/** Parses object tags: at most ten, checked as S3 does, from XML or from the x-amz-tagging header. */
import { S3Error } from '#emulators/s3/errors'
import type { Tag } from '#emulators/s3/model'
import {
  getChild,
  getChildren,
  buildElement,
  expectOnly,
  parseXml,
  getText,
  buildXmlDocument,
  type XmlNode,
} from '#emulators/xml'

const TAGS_MAX = 10
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/** Parses the form of a URL's query. */
export function parseTagHeader(header: string | undefined): Tag[] {
  return checkTags([...new URLSearchParams(header ?? '')].map(([key, value]) => ({ key, value })))
}

export function parseTagXml(xml: string): Tag[] {
  const root = parseXml(xml, 'Tagging')
  expectOnly(root, ['TagSet'])
  const set = getChild(root, 'TagSet')
  if (!set) throw new S3Error('MalformedXML', 'A TagSet was expected.')
  expectOnly(set, ['Tag'])
  return checkTags(getChildren(set, 'Tag').map(readTag))
}

export function renderTags(tags: readonly Tag[]): string {
  const set = tags.map(({ key, value }) => buildElement('Tag', buildElement('Key', key), buildElement('Value', value)))
  return buildXmlDocument('Tagging', buildElement('TagSet', set))
}

export function readTag(node: XmlNode): Tag {
  expectOnly(node, ['Key', 'Value'])
  const key = getText(node, 'Key')
  const value = getText(node, 'Value')
  if (key === undefined || value === undefined) throw new S3Error('MalformedXML', 'A Tag has a Key and a Value.')
  return { key, value }
}

function checkTags(tags: Tag[]): Tag[] {
  if (tags.length > TAGS_MAX) throw new S3Error('BadRequest', `Object tags cannot be greater than ${TAGS_MAX}`)
  for (const { key, value } of tags) {
    if (key === '' || key.length > 128 || !TAG_TEXT.test(key)) throw invalid('The TagKey you have provided is invalid')
    if (value.length > 256 || !TAG_TEXT.test(value)) throw invalid('The TagValue you have provided is invalid')
  }
  if (new Set(tags.map((tag) => tag.key)).size < tags.length) {
    throw invalid('Cannot provide multiple Tags with the same key')
  }
  return tags
}

const invalid = (message: string) => new S3Error('InvalidTag', message)
