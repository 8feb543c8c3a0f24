// The chosen rows of a list and what is done with all of them at once: x chooses, m calls up macros, t tags, Escape lets go.
import { computed, nextTick, type Ref, ref, watch } from 'vue'
import type { CaseRow } from '../../shared/types'
import { useKeys } from '../keys'

interface Bar {
  openMacros: () => void
  openTags: () => void
}
interface Lines {
  focused: number | null
  refocus: () => void
}

export function useSelection(
  rows: Readonly<Ref<readonly CaseRow[]>>,
  bar: Readonly<Ref<Bar | null>>,
  lines: Readonly<Ref<Lines | null>>,
) {
  const selected = ref<ReadonlySet<number>>(new Set())
  /** How far the agent has seen each case of the list: newer messages refuse an answer. */
  const seen = computed(() => Object.fromEntries(rows.value.map((row) => [row.id, row.head])))
  const clear = () => {
    selected.value = new Set()
  }
  /** Ends with the bar, and gives the keyboard back to the row it was at. */
  const done = async () => {
    clear()
    await nextTick()
    lines.value?.refocus()
  }
  // Rows that leave are let go by the list; an empty one is not there to do it.
  watch(rows, (now) => now.length === 0 && clear())
  /** The chosen rows, else the one the keyboard is at. */
  const chosen = (): number[] => {
    if (selected.value.size) return [...selected.value]
    return lines.value?.focused ? [lines.value.focused] : []
  }
  async function inBar(open: (bar: Bar) => void): Promise<void> {
    const ids = chosen()
    if (!ids.length) return
    selected.value = new Set(ids)
    await nextTick()
    if (bar.value) open(bar.value)
  }
  useKeys({
    m: () => void inBar((bar) => bar.openMacros()),
    t: () => void inBar((bar) => bar.openTags()),
    escape: clear,
  })
  return { selected, seen, clear, done, chosen }
}
