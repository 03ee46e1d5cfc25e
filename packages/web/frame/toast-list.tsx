import { Cross } from '#web/frame/cross.tsx'
import { useTexts } from '#web/frame/language'
import { useStore } from '#web/frame/store'
import '#web/frame/toast-list.css'
import { closeToast, toasts } from '#web/frame/toasts.tsx'
import { texts } from '#web/texts/texts'

export default function ToastList() {
  const t = useTexts(texts)
  return useStore(toasts).map(({ id, text, kind, action }) => (
    <div key={id} class="toast" data-kind={kind}>
      <p>{text}</p>
      {action && (
        <button type="button" class="button" data-look="quiet" onClick={() => (action.run(), closeToast(id))}>
          {action.label}
        </button>
      )}
      <button type="button" class="icon-button" aria-label={t.close} onClick={() => closeToast(id)}>
        <Cross />
      </button>
    </div>
  ))
}
