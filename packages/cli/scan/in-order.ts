interface InOrderOptions {
  /** How many run side by side. */
  concurrency: number
  /** How many run or wait, finished, for a slower one before them. */
  ahead: number
}

interface Job<Out> {
  result: Promise<Out>
  isDone: boolean
}

/** Works on several items at once and yields the results in the order of the items; `ahead` bounds the memory. */
export async function* mapInOrder<In, Out>(
  items: AsyncIterable<In>,
  { concurrency, ahead }: InOrderOptions,
  work: (item: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const running = new Set<Promise<void>>()
  const jobs: Job<Out>[] = []
  for await (const item of items) {
    while (running.size >= concurrency) await Promise.race(running)
    const job = { result: work(item), isDone: false }
    const end = (): void => {
      job.isDone = true
      running.delete(ended)
    }
    const ended = job.result.then(end, end)
    running.add(ended)
    jobs.push(job)
    while (jobs[0]?.isDone || jobs.length >= ahead) {
      const next = jobs.shift()
      if (next) yield await next.result
    }
  }
  for (const { result } of jobs) yield await result
}
