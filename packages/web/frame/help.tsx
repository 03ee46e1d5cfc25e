import { Dialog } from '#web/frame/dialog.tsx'
import '#web/frame/help.css'
import { bindings } from '#web/frame/keys'
import { useTexts } from '#web/frame/language'
import { useStore } from '#web/frame/store'
import { texts } from '#web/texts/texts'

/** The keys that mean something now. */
export default function Help({ onClose }: { onClose: () => void }) {
  const t = useTexts(texts)
  const list = useStore(bindings).flat()
  return (
    <Dialog isOpen onClose={onClose} title={t.help.title}>
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
