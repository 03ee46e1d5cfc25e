/** Parses lifecycle configurations from XML with S3's own checks, and applies their filters. */
import { randomUUID } from 'node:crypto'
import { S3Error } from '#emulators/s3/errors'
import type { Tag } from '#emulators/s3/model'
import { readTag } from '#emulators/s3/tags'
import {
  getChild,
  getChildren,
  expectOnly,
  parseXml,
  renderNode,
  getText,
  buildXmlDocument,
  type XmlNode,
} from '#emulators/xml'

interface LifecycleFilter {
  prefix: string
  /** The object must have all of them. */
  tags: Tag[]
  sizeGreaterThan?: number
  sizeLessThan?: number
}

export interface LifecycleRule {
  id: string
  enabled: boolean
  filter: LifecycleFilter
  /** Expiry of current versions: after a number of days, or from a date on (UTC midnight). */
  expiration?: { days: number } | { date: Date }
  expiredObjectDeleteMarker: boolean
  noncurrent?: { days: number; newerVersionsKept: number }
  abortUploadsAfterDays?: number
}

const RULES_MAX = 1000

/**
 * Returns the rules, and the configuration to give back: the client's own elements, with ids added. @throws S3Error as
 * S3 would; NotImplemented for transitions, since there is one storage class here.
 */
export function parseLifecycle(xml: string): { rules: LifecycleRule[]; xml: string } {
  const root = parseXml(xml, 'LifecycleConfiguration')
  expectOnly(root, ['Rule'])
  const nodes = getChildren(root, 'Rule').map(withId)
  if (nodes.length === 0 || nodes.length > RULES_MAX) {
    throw new S3Error('MalformedXML', `A lifecycle configuration has 1 to ${RULES_MAX} rules.`)
  }
  const rules = nodes.map(parseRule)
  if (new Set(rules.map((rule) => rule.id)).size < rules.length) {
    throw new S3Error('InvalidArgument', 'Rule ID must be unique. Found same ID for more than one rule')
  }
  return { rules, xml: buildXmlDocument('LifecycleConfiguration', nodes.map(renderNode)) }
}

/** True when an object, or an upload that has only a key so far, matches the filter. */
export function matchesFilter(
  filter: LifecycleFilter,
  object: { key: string; tags: Tag[]; sizeBytes: number },
): boolean {
  return (
    object.key.startsWith(filter.prefix) &&
    filter.tags.every((tag) => object.tags.some((own) => own.key === tag.key && own.value === tag.value)) &&
    object.sizeBytes > (filter.sizeGreaterThan ?? -1) &&
    object.sizeBytes < (filter.sizeLessThan ?? Infinity)
  )
}

function withId(node: XmlNode): XmlNode {
  if (getText(node, 'ID')) return node
  const others = node.children.filter((child) => child.name !== 'ID')
  return { ...node, children: [{ name: 'ID', text: randomUUID(), children: [] }, ...others] }
}

function parseRule(node: XmlNode): LifecycleRule {
  if (node.children.some((child) => child.name.endsWith('Transition'))) {
    throw new S3Error('NotImplemented', 'Transitions are not implemented: there is one storage class.')
  }
  expectOnly(node, [...RULE_PARTS])
  const status = getText(node, 'Status')
  if (status !== 'Enabled' && status !== 'Disabled') throw malformed('Status must be Enabled or Disabled.')
  const rule: LifecycleRule = {
    id: getText(node, 'ID')!,
    enabled: status === 'Enabled',
    filter: parseFilter(node),
    ...parseExpiration(getChild(node, 'Expiration')),
    ...parseNoncurrent(getChild(node, 'NoncurrentVersionExpiration')),
    ...parseAbort(getChild(node, 'AbortIncompleteMultipartUpload')),
  }
  checkRule(rule)
  return rule
}

const RULE_PARTS = [
  'ID',
  'Status',
  'Filter',
  'Prefix',
  'Expiration',
  'NoncurrentVersionExpiration',
  'AbortIncompleteMultipartUpload',
] as const

function checkRule(rule: LifecycleRule): void {
  if (rule.id.length > 255) throw new S3Error('InvalidArgument', 'ID length should not exceed allowed limit of 255')
  const acts =
    rule.expiration ?? rule.noncurrent ?? rule.abortUploadsAfterDays ?? (rule.expiredObjectDeleteMarker || undefined)
  if (acts === undefined) throw new S3Error('InvalidRequest', 'At least one action needs to be specified in a rule')
  const { tags, sizeGreaterThan, sizeLessThan } = rule.filter
  const bySize = sizeGreaterThan !== undefined || sizeLessThan !== undefined
  if (rule.abortUploadsAfterDays !== undefined && (tags.length > 0 || bySize)) {
    throw new S3Error('InvalidRequest', 'AbortIncompleteMultipartUpload cannot be specified with tags or object sizes')
  }
  if (rule.expiredObjectDeleteMarker && tags.length > 0) {
    throw new S3Error('InvalidRequest', 'ExpiredObjectDeleteMarker cannot be specified with Tags')
  }
}

function parseFilter(rule: XmlNode): LifecycleFilter {
  const filter = getChild(rule, 'Filter')
  const legacy = getText(rule, 'Prefix')
  if ((filter === undefined) === (legacy === undefined)) throw malformed('A rule has either a Filter or a Prefix.')
  if (!filter) return { prefix: legacy!, tags: [] }
  const and = getChild(filter, 'And')
  if (filter.children.length > 1) throw malformed('A filter has one predicate; several go into And.')
  return parsePredicates(and ?? filter)
}

function parsePredicates(node: XmlNode): LifecycleFilter {
  expectOnly(node, ['Prefix', 'Tag', 'ObjectSizeGreaterThan', 'ObjectSizeLessThan'])
  const sizeGreaterThan = numberIn(node, 'ObjectSizeGreaterThan', 0)
  const sizeLessThan = numberIn(node, 'ObjectSizeLessThan', 1)
  const tags = getChildren(node, 'Tag').map(readTag)
  if (new Set(tags.map((tag) => tag.key)).size < tags.length) {
    throw new S3Error('InvalidRequest', 'Duplicate Tag Keys are not allowed.')
  }
  return {
    prefix: getText(node, 'Prefix') ?? '',
    tags,
    ...(sizeGreaterThan === undefined ? {} : { sizeGreaterThan }),
    ...(sizeLessThan === undefined ? {} : { sizeLessThan }),
  }
}

function parseExpiration(node: XmlNode | undefined): Pick<LifecycleRule, 'expiration' | 'expiredObjectDeleteMarker'> {
  if (!node) return { expiredObjectDeleteMarker: false }
  expectOnly(node, ['Days', 'Date', 'ExpiredObjectDeleteMarker'])
  if (node.children.length !== 1)
    throw malformed('Expiration has exactly one of Days, Date, ExpiredObjectDeleteMarker.')
  const days = numberIn(node, 'Days', 1)
  if (days !== undefined) return { expiration: { days }, expiredObjectDeleteMarker: false }
  const date = getText(node, 'Date')
  if (date !== undefined) return { expiration: { date: midnight(date) }, expiredObjectDeleteMarker: false }
  return { expiredObjectDeleteMarker: getText(node, 'ExpiredObjectDeleteMarker') === 'true' }
}

function parseNoncurrent(node: XmlNode | undefined): Pick<LifecycleRule, 'noncurrent'> {
  if (!node) return {}
  expectOnly(node, ['NoncurrentDays', 'NewerNoncurrentVersions'])
  const days = numberIn(node, 'NoncurrentDays', 1)
  if (days === undefined) throw malformed('NoncurrentVersionExpiration has NoncurrentDays.')
  return { noncurrent: { days, newerVersionsKept: numberIn(node, 'NewerNoncurrentVersions', 1) ?? 0 } }
}

function parseAbort(node: XmlNode | undefined): Pick<LifecycleRule, 'abortUploadsAfterDays'> {
  if (!node) return {}
  expectOnly(node, ['DaysAfterInitiation'])
  const days = numberIn(node, 'DaysAfterInitiation', 1)
  if (days === undefined) throw malformed('AbortIncompleteMultipartUpload has DaysAfterInitiation.')
  return { abortUploadsAfterDays: days }
}

function numberIn(node: XmlNode, name: string, minimum: number): number | undefined {
  const text = getText(node, name)
  if (text === undefined) return undefined
  if (!/^\d{1,15}$/.test(text) || Number(text) < minimum) {
    throw new S3Error(
      'InvalidArgument',
      `'${name}' for ${node.name} action must be a whole number of at least ${minimum}`,
    )
  }
  return Number(text)
}

function midnight(text: string): Date {
  const date = new Date(text)
  if (Number.isNaN(date.getTime())) throw malformed('Date is not a date.')
  if (date.getTime() % 86_400_000 !== 0) throw new S3Error('InvalidArgument', "'Date' must be at midnight GMT")
  return date
}

const malformed = (why: string) => new S3Error('MalformedXML', why)
