import type { ComponentChildren } from 'preact'
import type { Asked } from '#web/frame/ask'
import { Bone, Failed } from '#web/frame/blocks.tsx'

interface PanelProps {
  /** The id of the heading, which names the panel. */
  id: string
  title: string
  /** Beside the title. */
  head?: ComponentChildren
  children: ComponentChildren
}

export function Panel({ id, title, head, children }: PanelProps) {
  return (
    <section class="panel" data-panel={id} aria-labelledby={id}>
      <header class="panel-head">
        <h2 id={id}>{title}</h2>
        {head}
      </header>
      {children}
    </section>
  )
}

interface AnswerProps<Data> {
  asked: Pick<Asked<Data>, 'data' | 'error' | 'retry'>
  children: (data: Data) => ComponentChildren
}

/** Shows an answer, a bone until it comes, and what failed: the last answer stays below that. */
export function Answer<Data>({ asked: { data, error, retry }, children }: AnswerProps<Data>) {
  return (
    <>
      {error && <Failed error={error} retry={retry} />}
      {data === undefined ? !error && <Bone width={32} /> : children(data)}
    </>
  )
}
