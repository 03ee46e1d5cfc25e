/** Follows a domain's SPF record through its includes and judges the whole tree (RFC 7208 section 4.6.4). */
import type { Answer, Dns } from '#signals/dns'
import { type Evidence, present, withoutRecord } from '#signals/evidence'
import type { Domain } from '#signals/normalise'
import type { Spf, SpfProblem } from '#signals/signals'
import { isSpf, parseSpf, type SpfRecord } from '#signals/spf-record'

export const SPF_LOOKUPS_MAX = 10
export const SPF_VOID_LOOKUPS_MAX = 2

/** A record of the tree and the names that led to it. */
interface Node {
  record: SpfRecord
  path: string[]
}

interface Tree {
  lookups: number
  voidLookups: number
  includes: Set<string>
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
  if (record === undefined) return withoutRecord(answer, answer.records)
  if (others.length > 0) return present(answer, records, SEVERAL_RECORDS)
  const root = parseSpf(record)
  const tree = await followTree(dns, { record: root, path: [domain] }, until)
  const { lookups, voidLookups } = tree
  return present(answer, records, {
    record,
    verdict: verdictOf(tree),
    problems: [...tree.problems],
    all: root.all,
    lookups,
    voidLookups,
    includes: [...tree.includes],
    unanswered: [...tree.unanswered],
  })
}

function verdictOf({ problems, unanswered }: Tree): Spf['verdict'] {
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
  unanswered: [],
}

/** Level by level, each level's names asked at once; it stops where the count passes the limit. */
async function followTree(dns: Dns, root: Node, until: AbortSignal): Promise<Tree> {
  const tree: Tree = { lookups: 0, voidLookups: 0, includes: new Set(), unanswered: new Set(), problems: new Set() }
  let level = [root]
  while (level.length > 0) {
    for (const { record } of level) {
      tree.lookups += record.lookups
      if (record.badTerms.length > 0) tree.problems.add('syntax')
    }
    if (tree.lookups > SPF_LOOKUPS_MAX) tree.problems.add('too-many-lookups')
    const targets = level.flatMap(({ record, path }) => record.follow.map((name) => ({ name, path })))
    for (const { name } of targets) tree.includes.add(name)
    if (tree.lookups > SPF_LOOKUPS_MAX) break
    const found = await Promise.all(targets.map((target) => followOne(dns, tree, target, until)))
    level = found.filter((node) => node !== null)
  }
  if (tree.voidLookups > SPF_VOID_LOOKUPS_MAX) tree.problems.add('too-many-void-lookups')
  return tree
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
  else if (withoutRecord(answer, []).state === 'unknown') tree.unanswered.add(name)
  else {
    // Both `include` and `redirect` to a name without a record are permanent errors (sections 5.2 and 6.1).
    tree.problems.add('include-without-record')
    if (answer.rcode !== 'NOERROR') tree.voidLookups += 1
  }
  return null
}
