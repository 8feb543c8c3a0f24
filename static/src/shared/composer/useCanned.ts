// The / of a text field: a list of canned replies that opens while one is asked for, moved through by keyboard.
import { computed, nextTick, type Ref, ref } from 'vue'
import { type Asking, askingAt, type CannedReply, fittingReplies, withReply } from './canned'

export interface CannedReplies {
  state: 'loading' | 'ready' | 'failed'
  list: readonly CannedReply[]
}

export function useCanned(
  field: Readonly<Ref<HTMLTextAreaElement | null>>,
  text: Ref<string>,
  offered: () => CannedReplies | undefined,
  wanted: () => void,
  attach: (reply: CannedReply) => void,
) {
  const asking = ref<Asking | null>(null)
  const active = ref(0)
  const found = computed(() => (asking.value ? fittingReplies(offered()?.list ?? [], asking.value.words) : []))
  /** Also while it is loaded, and where there is nothing to choose from a bare /. */
  const open = computed(
    () =>
      asking.value !== null && (found.value.length > 0 || asking.value.words === '' || offered()?.state === 'loading'),
  )

  /** Looks what stands before the caret. */
  function look(): void {
    const box = field.value
    const before = asking.value
    asking.value = box && offered() ? askingAt(box.value, box.selectionStart) : null
    if (asking.value && !before) wanted()
    if (asking.value?.words !== before?.words) active.value = 0
  }

  function close(): void {
    asking.value = null
  }

  function choose(reply: CannedReply): void {
    const box = field.value
    if (!box || !asking.value) return
    const after = withReply(text.value, asking.value, box.selectionStart, reply.text)
    text.value = after.text
    close()
    if (reply.files.length) attach(reply)
    void nextTick(() => {
      box.focus()
      box.setSelectionRange(after.caret, after.caret)
      box.scrollTop = box.scrollHeight
    })
  }

  /** Takes the keys that belong to the list. */
  function pressed(event: KeyboardEvent): void {
    const count = found.value.length
    if (!open.value || event.isComposing || event.ctrlKey || event.metaKey) return
    if (event.key === 'Escape') close()
    else if (!count) return
    else if (event.key === 'ArrowDown') active.value = (active.value + 1) % count
    else if (event.key === 'ArrowUp') active.value = (active.value + count - 1) % count
    else if (event.key === 'Enter' || event.key === 'Tab') choose(found.value[active.value] as CannedReply)
    else return
    event.preventDefault()
    event.stopImmediatePropagation()
  }

  return { open, found, active, look, close, choose, pressed }
}
