/** Follows a domain's SPF record through its includes and judges the whole tree (RFC 7208 section 4.6.4). */
import type { Answer, Dns } from '#signals/dns/dns'
import { type Evidence, createPresent, judgeAbsence } from '#signals/evidence'
import type { Domain } from '#signals/normalise'
import type { Spf, SpfProblem } from '#signals/signals'
import { isSpf, parseSpf, type SpfProbe, type SpfRecord } from '#signals/mail/spf-record'

const SPF_LOOKUPS_MAX = 10
const SPF_VOID_LOOKUPS_MAX = 2
const SPF_MX_HOSTS_MAX = 10

/** A record of the tree and the path of names to it. */
interface Node {
  record: SpfRecord
  path: string[]
}

interface Tree {
  lookups: number
  voidLookups: number
  includes: Set<string>
  senders: Set<string>
  unanswered: Set<string>
  problems: Set<SpfProblem>
}

/** `answer` is the TXT answer of `domain` itself. */
export async function readSpf(
  dns: Dns,
  { domain, answer, until }: { domain: Domain; answer: Answer<string>; until: AbortSignal },
): Promise<Evidence<Spf>> {
  const records = answer.records.filter(isSpf)
  const [record, ...others] = records
  if (record === undefined) return judgeAbsence(answer, answer.records)
  if (others.length > 0) return createPresent(answer, records, SEVERAL_RECORDS)
  const root = parseSpf(record)
  const tree = await followTree(dns, { record: root, path: [domain] }, until)
  const { lookups, voidLookups } = tree
  return createPresent(answer, records, {
    record,
    verdict: judgeTree(tree),
    problems: [...tree.problems],
    all: root.all,
    lookups,
    voidLookups,
    includes: [...tree.includes],
    senders: [...tree.senders],
    unanswered: [...tree.unanswered],
  })
}

function judgeTree({ problems, unanswered }: Tree): Spf['verdict'] {
  if (problems.size > 0) return 'broken'
  return unanswered.size > 0 ? 'undetermined' : 'valid'
}

const SEVERAL_RECORDS: Spf = {
  record: null,
  verdict: 'broken',
  problems: ['several-records'],
  all: null,
  lookups: 0,
  voidLookups: 0,
  includes: [],
  senders: [],
  unanswered: [],
}

/** Walks level by level, asks all names of a level at once, and stops when the count exceeds the limit. */
async function followTree(dns: Dns, root: Node, until: AbortSignal): Promise<Tree> {
  const [domain = ''] = root.path
  const tree: Tree = {
    lookups: 0,
    voidLookups: 0,
    includes: new Set(),
    senders: new Set(),
    unanswered: new Set(),
    problems: new Set(),
  }
  const silent: string[] = []
  let level = [root]
  while (level.length > 0) {
    for (const { record } of level) {
      tree.lookups += record.lookups
      if (record.badTerms.length > 0) tree.problems.add('syntax')
    }
    if (tree.lookups > SPF_LOOKUPS_MAX) tree.problems.add('too-many-lookups')
    const targets = level.flatMap(({ record, path }) => record.follow.map((name) => ({ name, path })))
    for (const { name, path } of targets) {
      tree.includes.add(name)
      if (path.every((above) => isAtOrBelow(above, domain))) tree.senders.add(name)
    }
    if (tree.lookups > SPF_LOOKUPS_MAX) break
    const probes = level.flatMap(({ record, path }) =>
      record.probes.map((probe) => probeOne(dns, { ...probe, name: probe.name ?? path.at(-1) ?? '' }, until)),
    )
    const [found, probed] = await Promise.all([
      Promise.all(targets.map((target) => followOne(dns, tree, target, until))),
      Promise.all(probes),
    ])
    countProbes(tree, silent, probed)
    level = found.filter((node) => node !== null)
  }
  if (tree.voidLookups > SPF_VOID_LOOKUPS_MAX) tree.problems.add('too-many-void-lookups')
  // A silent host matters only when one more void look-up would be too many.
  else if (tree.voidLookups + silent.length > SPF_VOID_LOOKUPS_MAX) for (const name of silent) tree.unanswered.add(name)
  return tree
}

function isAtOrBelow(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`)
}

interface Probed {
  name: string
  outcome: 'found' | 'void' | 'silent' | 'too-many-mx-hosts'
}

function countProbes(tree: Tree, silent: string[], probed: Probed[]): void {
  for (const { name, outcome } of probed) {
    if (outcome === 'void') tree.voidLookups += 1
    if (outcome === 'silent') silent.push(name)
    if (outcome === 'too-many-mx-hosts') tree.problems.add('too-many-mx-hosts')
  }
}

/**
 * Asks whether a look-up of `a`, `mx` or `exists` finds anything. A receiver asks for addresses of the sender's family;
 * here a name counts as found if it has either. `exists` always looks up A (section 5.7). Counts MX hosts against the
 * limit without asking for their addresses (section 4.6.4). `ptr` depends on the sender.
 */
async function probeOne(
  dns: Dns,
  { mechanism, name }: { mechanism: SpfProbe['mechanism']; name: string },
  until: AbortSignal,
): Promise<Probed> {
  const answer = await (mechanism === 'mx' ? dns.mx(name, until) : dns.a(name, until))
  if (mechanism === 'mx' && answer.records.length > SPF_MX_HOSTS_MAX) return { name, outcome: 'too-many-mx-hosts' }
  if (mechanism === 'a' && answer.rcode === 'NODATA')
    return { name, outcome: classifyProbe(await dns.aaaa(name, until)) }
  return { name, outcome: classifyProbe(answer) }
}

function classifyProbe(answer: Answer<unknown>): Probed['outcome'] {
  if (answer.records.length > 0) return 'found'
  return judgeAbsence(answer, []).state === 'unknown' ? 'silent' : 'void'
}

async function followOne(
  dns: Dns,
  tree: Tree,
  { name, path }: { name: string; path: string[] },
  until: AbortSignal,
): Promise<Node | null> {
  if (path.includes(name)) {
    tree.problems.add('loop')
    return null
  }
  const answer = await dns.txt(name, until)
  const [record, ...others] = answer.records.filter(isSpf)
  if (record !== undefined && others.length === 0) return { record: parseSpf(record), path: [...path, name] }
  if (record !== undefined) tree.problems.add('several-records')
  else if (judgeAbsence(answer, []).state === 'unknown') tree.unanswered.add(name)
  else {
    // Both `include` and `redirect` to a name without a record are permanent errors (sections 5.2 and 6.1).
    tree.problems.add('include-without-record')
    if (answer.rcode !== 'NOERROR') tree.voidLookups += 1
  }
  return null
}
