import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'

/** A part whose code comes with its first use: nothing is shown until then. */
export function lazy<Props extends object>(
  load: () => Promise<{ default: ComponentType<Props> }>,
): ComponentType<Props> {
  let Loaded: ComponentType<Props> | undefined
  return function Lazy(props: Props) {
    const [, setLoaded] = useState(Loaded !== undefined)
    useEffect(() => {
      if (Loaded !== undefined) return
      load().then(
        (module) => {
          Loaded = module.default
          setLoaded(true)
        },
        // a new version is out and the old files are gone: the next use tries again
        () => undefined,
      )
    }, [])
    return Loaded ? <Loaded {...props} /> : null
  }
}
