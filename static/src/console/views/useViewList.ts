// The live list of one view: rows come, change and leave by the feed; personal views and those of time ask again.
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { api, Problem } from '../../shared/api'
import type { Subscription } from '../../shared/feed'
import { feed } from '../../shared/feed'
import type { CaseRow, Page } from '../../shared/types'
import { applied, EMPTY, type Listing, withPage } from '../list/order'

const PAGE = 100 // rows
const REST = 400 // milliseconds between a hint and asking again
const BY_TIME = 60_000 // milliseconds between two looks at what changes by time alone

export function useViewList() {
  const listing = shallowRef<Listing>(EMPTY)
  const problem = ref<Problem | null>(null)
  const loading = ref(true)
  const loadingMore = ref(false)
  let id = 0
  let cursor: string | null = null
  let turn = 0
  let asksAgain = false
  let subscription: Subscription | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const clock = setInterval(() => id && void reload().catch(() => {}), BY_TIME)

  const page = (after: string | null) =>
    api.get<Page<CaseRow>>(`/api/views/${id}/cases`, { query: { cursor: after, limit: PAGE } })

  async function reload(): Promise<void> {
    const mine = ++turn
    const wanted = Math.max(PAGE, listing.value.rows.length)
    let next: Listing = EMPTY
    let after: string | null = null
    try {
      do {
        const found: Page<CaseRow> = await page(after)
        if (mine !== turn) return
        after = found.next_cursor
        next = withPage(next, found.items, after !== null)
      } while (after !== null && next.rows.length < wanted)
      cursor = after
      problem.value = null
      listing.value = next
    } catch (error) {
      if (mine === turn && error instanceof Problem && !(listing.value.rows.length && error.passing))
        problem.value = error
      throw error
    } finally {
      if (mine === turn) loading.value = false
    }
  }

  function soon(): void {
    clearTimeout(timer)
    timer = setTimeout(() => void reload().catch(() => {}), REST)
  }

  async function more(): Promise<void> {
    if (loadingMore.value || cursor === null) return
    const mine = turn
    loadingMore.value = true
    try {
      const found = await page(cursor)
      if (mine !== turn) return
      cursor = found.next_cursor
      listing.value = withPage(listing.value, found.items, cursor !== null)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
    } finally {
      loadingMore.value = false
    }
  }

  function open(wanted: number, personal: boolean): void {
    id = wanted
    asksAgain = personal
    turn++
    listing.value = EMPTY
    loading.value = true
    problem.value = null
    subscription?.leave()
    void reload().catch(() => {})
    subscription = feed.rows(`view/${wanted}`, {
      reload,
      change: (frame) => {
        if (asksAgain) return soon()
        listing.value = applied(listing.value, frame, null)
      },
      ended: (code, message) => {
        problem.value = new Problem(404, { code, detail: message })
      },
    })
  }

  onScopeDispose(() => {
    turn++
    clearTimeout(timer)
    clearInterval(clock)
    subscription?.leave()
  })
  return {
    rows: computed(() => listing.value.rows),
    hasMore: computed(() => listing.value.more),
    loading,
    loadingMore,
    problem,
    open,
    more,
    retry: () => {
      loading.value = true
      void reload().catch(() => {})
    },
  }
}
