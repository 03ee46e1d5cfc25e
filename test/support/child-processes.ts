import { readdir, readFile } from 'node:fs/promises'

/** The processes that `pid` started and that are not gone, of those that run `program`. */
export async function childrenOf(pid: number, program: string): Promise<number[]> {
  const tasks = await orNone(readdir(`/proc/${pid}/task`))
  const lists = await Promise.all(tasks.map((task) => orEmpty(readFile(`/proc/${pid}/task/${task}/children`, 'utf8'))))
  const pids = lists.flatMap((list) => list.split(' ')).filter((each) => each !== '')
  const commands = await Promise.all(pids.map((each) => orEmpty(readFile(`/proc/${each}/cmdline`, 'utf8'))))
  return pids.filter((_, at) => commands[at]?.includes(program)).map(Number)
}

/** A zombie counts as ended, because its parent may never reap it. */
export async function isRunning(pid: number): Promise<boolean> {
  const stat = await orEmpty(readFile(`/proc/${pid}/stat`, 'utf8'))
  return stat !== '' && !stat.includes(') Z ')
}

/** What died meanwhile has no files any more. */
function orEmpty(text: Promise<string>): Promise<string> {
  return text.catch(() => '')
}

function orNone(names: Promise<string[]>): Promise<string[]> {
  return names.catch(() => [])
}
