import { useDialog } from '#web/frame/address'
import { Dialog } from '#web/frame/dialog.tsx'
import { bindings, useKeys } from '#web/frame/keys'
import { useTexts } from '#web/frame/language'
import { useStore } from '#web/frame/store'
import { texts } from '#web/texts/texts'

export function useHelp() {
  return useDialog('help')
}

/** The keys that mean something now. */
export function Help() {
  const t = useTexts(texts)
  const { isOpen, open, close } = useHelp()
  const list = useStore(bindings).flat()
  useKeys([{ keys: '?', label: t.help.show, run: open }])
  return (
    <Dialog isOpen={isOpen} onClose={close} title={t.help.title}>
      <dl class="key-list">
        {list.map(({ keys, label }) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{label}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
