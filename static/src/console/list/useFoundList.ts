// A list that is asked for over HTTP (search, own cases): pages on demand, asked again when something changed.
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { api, Problem, type Query } from '../../shared/api'
import type { CaseRow, Page } from '../../shared/types'
import { useWork } from '../stores/work'

const REST = 800 // milliseconds between something changing anywhere and asking again

export function useFoundList() {
  const work = useWork()
  const rows = shallowRef<readonly CaseRow[]>([])
  const problem = ref<Problem | null>(null)
  const loading = ref(false)
  const loadingMore = ref(false)
  const cursor = ref<string | null>(null)
  let query: Query | null = null
  let stop: AbortController | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  async function ask(quiet = false): Promise<void> {
    if (!query) return
    stop?.abort()
    const mine = new AbortController()
    stop = mine
    if (!quiet) loading.value = true
    try {
      const page = await api.get<Page<CaseRow>>('/api/cases', {
        query: { ...query, limit: Math.min(200, Math.max(50, rows.value.length)) },
        signal: mine.signal,
      })
      rows.value = page.items
      cursor.value = page.next_cursor
      problem.value = null
    } catch (error) {
      if (error instanceof Problem && !(quiet && error.passing)) problem.value = error
    } finally {
      if (stop === mine) loading.value = false
    }
  }

  async function more(): Promise<void> {
    if (!cursor.value || loadingMore.value || !query) return
    loadingMore.value = true
    try {
      const page = await api.get<Page<CaseRow>>('/api/cases', { query: { ...query, cursor: cursor.value } })
      const known = new Set(rows.value.map((row) => row.id))
      rows.value = [...rows.value, ...page.items.filter((row) => !known.has(row.id))]
      cursor.value = page.next_cursor
    } catch (error) {
      if (!(error instanceof Problem)) throw error
    } finally {
      loadingMore.value = false
    }
  }

  watch(
    () => work.changes,
    () => {
      clearTimeout(timer)
      timer = setTimeout(() => void ask(true), REST)
    },
  )
  onScopeDispose(() => {
    clearTimeout(timer)
    stop?.abort()
  })

  return {
    rows,
    problem,
    loading,
    loadingMore,
    hasMore: computed(() => cursor.value !== null),
    more,
    retry: () => void ask(),
    /** Asks for these cases; null empties the list. */
    find(wanted: Query | null): void {
      query = wanted
      if (wanted) {
        rows.value = []
        void ask()
        return
      }
      stop?.abort()
      rows.value = []
      cursor.value = null
      loading.value = false
    },
  }
}
