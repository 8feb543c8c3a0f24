// Unsent words, kept per person, case and kind until they are sent; a closed tab loses nothing.
import { customRef, onScopeDispose, type Ref } from 'vue'

const STORED = 'casefeed.draft.'
const REST = 300 // milliseconds after the last key until the words are kept

export function useDraft(name: string): Ref<string> {
  const key = STORED + name
  let words = ''
  try {
    words = localStorage.getItem(key) ?? ''
  } catch {
    // Storage may be forbidden; the words live as long as the page.
  }
  let timer: ReturnType<typeof setTimeout> | undefined
  const keep = () => {
    try {
      if (words.trim()) localStorage.setItem(key, words)
      else localStorage.removeItem(key)
    } catch {
      // Full or forbidden; nothing else is lost.
    }
  }
  addEventListener('pagehide', keep)
  onScopeDispose(() => {
    removeEventListener('pagehide', keep)
    clearTimeout(timer)
    keep()
  })
  return customRef((track, trigger) => ({
    get() {
      track()
      return words
    },
    set(value) {
      words = value
      clearTimeout(timer)
      timer = setTimeout(keep, value ? REST : 0)
      trigger()
    },
  }))
}
