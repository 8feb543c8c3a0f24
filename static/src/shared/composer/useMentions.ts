// The @ of a text field: a list that opens while a name is typed, moved through and chosen from by keyboard.
import { computed, nextTick, type Ref, ref } from 'vue'
import type { Person } from '../types'
import { fitting, type Naming, named, namingAt } from './mentions'

export function useMentions(
  field: Readonly<Ref<HTMLTextAreaElement | null>>,
  text: Ref<string>,
  people: () => readonly Person[],
) {
  const naming = ref<Naming | null>(null)
  const active = ref(0)
  const found = computed(() => (naming.value ? fitting(people(), naming.value.words) : []))

  /** Looks what stands before the caret. */
  function look(): void {
    const box = field.value
    const before = naming.value?.words
    naming.value = box && people().length ? namingAt(box.value, box.selectionStart) : null
    if (naming.value?.words !== before) active.value = 0
  }

  function close(): void {
    naming.value = null
  }

  function choose(person: Person): void {
    const box = field.value
    if (!box || !naming.value) return
    const after = named(text.value, naming.value, box.selectionStart, person)
    text.value = after.text
    close()
    void nextTick(() => {
      box.focus()
      box.setSelectionRange(after.caret, after.caret)
    })
  }

  /** Takes the keys that belong to the list. */
  function pressed(event: KeyboardEvent): void {
    const count = found.value.length
    if (!count || event.isComposing || event.ctrlKey || event.metaKey) return
    if (event.key === 'ArrowDown') active.value = (active.value + 1) % count
    else if (event.key === 'ArrowUp') active.value = (active.value + count - 1) % count
    else if (event.key === 'Enter' || event.key === 'Tab') choose(found.value[active.value] as Person)
    else if (event.key === 'Escape') close()
    else return
    event.preventDefault()
    event.stopImmediatePropagation()
  }

  return { found, active, look, close, choose, pressed }
}
