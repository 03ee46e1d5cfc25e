/** A line that one holder leaves at a time, in which groups take turns: a thousand of one group hold up another's first by one. */
export interface FairQueue {
  /** Runs `work` once its place has come; the next follows when it has ended, however it ends. */
  join<T>(group: string, work: () => Promise<T>): Promise<T>
}

export function createFairQueue(): FairQueue {
  /** The group whose turn comes next stands first; those of one group are served as they came. */
  const waiting = new Map<string, (() => Promise<void>)[]>()
  let isServing = false

  async function serve(): Promise<void> {
    isServing = true
    for (let next = dequeue(waiting); next; next = dequeue(waiting)) await next()
    isServing = false
  }

  return {
    join<T>(group: string, work: () => Promise<T>) {
      const { promise, resolve, reject } = Promise.withResolvers<T>()
      const place = () => work().then(resolve, reject)
      const others = waiting.get(group)
      if (others) others.push(place)
      else waiting.set(group, [place])
      if (!isServing) void serve()
      return promise
    },
  }
}

/** The rest of its group goes to the end. */
function dequeue(waiting: Map<string, (() => Promise<void>)[]>): (() => Promise<void>) | undefined {
  const [first] = waiting
  if (!first) return undefined
  const [group, [place, ...rest]] = first
  waiting.delete(group)
  if (rest.length > 0) waiting.set(group, rest)
  return place
}
