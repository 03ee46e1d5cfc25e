/** XML in and out: text is always escaped on the way out, document types are refused on the way in. */
import { SaxesParser } from 'saxes'
import { S3Error } from '#emulators/s3/errors'

/** Text that is XML already; everything else that `element` is given gets escaped. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** `false` and `undefined` leave nothing behind; a truth value that is meant to be read goes in as text. */
type Content = string | number | Markup | undefined | false | readonly Content[]

export function element(name: string, ...content: Content[]): Markup {
  return new Markup(`<${name}>${content.map(render).join('')}</${name}>`)
}

/** An element that is left out when it would have nothing in it. */
export function optional(name: string, content: string | number | undefined): Markup | undefined {
  return content === undefined ? undefined : element(name, content)
}

export function xmlDocument(name: string, ...content: Content[]): string {
  const namespace = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
  return `${DECLARATION}<${name}${namespace}>${render(content)}</${name}>`
}

/** Errors are in no namespace. */
export function errorDocument(...content: Content[]): string {
  return DECLARATION + element('Error', content).text
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

/** An element as it was read. `text` is its own text, without its children's. */
export interface XmlNode {
  name: string
  text: string
  children: XmlNode[]
}

/** @throws S3Error MalformedXML, also when the root has another name. */
export function parseXml(source: string, root: string): XmlNode {
  const top: XmlNode = { name: '', text: '', children: [] }
  const open = [top]
  const parser = new SaxesParser()
  const fail = (why: string): never => {
    throw new S3Error('MalformedXML', `The XML is not well-formed or not as the API describes it: ${why}`)
  }
  parser.on('error', (error) => fail(error.message))
  parser.on('doctype', () => fail('document types are refused'))
  parser.on('opentag', ({ name }) => {
    const node: XmlNode = { name, text: '', children: [] }
    open.at(-1)!.children.push(node)
    open.push(node)
  })
  const addText = (text: string) => (open.at(-1)!.text += text)
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('closetag', () => open.pop())
  parser.write(source).close()
  const node = top.children[0]
  return node?.name === root ? node : fail(`${root} was expected`)
}

/** The same element again, as `parseXml` read it. */
export function renderNode(node: XmlNode): Markup {
  return node.children.length > 0 ? element(node.name, ...node.children.map(renderNode)) : element(node.name, node.text)
}

export function childrenOf(node: XmlNode, name: string): XmlNode[] {
  return node.children.filter((child) => child.name === name)
}

/** The one child of that name. @throws S3Error MalformedXML when there are several. */
export function childOf(node: XmlNode, name: string): XmlNode | undefined {
  const found = childrenOf(node, name)
  if (found.length > 1) throw new S3Error('MalformedXML', `${node.name} has more than one ${name}.`)
  return found[0]
}

export function textOf(node: XmlNode, name: string): string | undefined {
  return childOf(node, name)?.text
}

/** Refuses what the caller does not read, so that nothing a client asks for is dropped in silence. */
export function expectOnly(node: XmlNode, names: readonly string[]): void {
  const other = node.children.find((child) => !names.includes(child.name))
  if (other) throw new S3Error('MalformedXML', `${node.name} may not have a ${other.name} here.`)
}

function render(content: Content): string {
  if (content === undefined || content === false) return ''
  if (content instanceof Markup) return content.text
  if (typeof content === 'string') return escapeText(content)
  return typeof content === 'number' ? String(content) : content.map(render).join('')
}

/** Control characters go out as references, as S3 does: XML 1.0 has no other way to name them in a key. */
function escapeText(text: string): string {
  return text.replaceAll(/[&<>"'\p{Cc}]/gu, (character) => ESCAPES[character] ?? reference(character))
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' }
const reference = (character: string) => `&#${character.codePointAt(0)};`
