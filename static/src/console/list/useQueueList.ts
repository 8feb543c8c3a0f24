// The live list of one queue: snapshot, pages, and changes as they happen.
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { api, Problem } from '../../shared/api'
import type { Subscription } from '../../shared/feed'
import { feed } from '../../shared/feed'
import type { CaseRow, Page, QueueCounters } from '../../shared/types'
import { applied, EMPTY, type Listing, type ListState, withPage } from './order'

const PAGE = 100 // rows; more than any screen shows, so that most queues need one request

export function useQueueList(onCounters: (queueId: number, counters: QueueCounters) => void) {
  const listing = shallowRef<Listing>(EMPTY)
  const problem = ref<Problem | null>(null)
  const loading = ref(true)
  const loadingMore = ref(false)
  /** Ids of rows that have just appeared or changed, for a short highlight. */
  const fresh = ref(new Set<number>())
  let cursor: string | null = null
  let queueId = 0
  let state: ListState = 'active'
  let subscription: Subscription | undefined
  let turn = 0

  const page = (after: string | null) =>
    api.get<Page<CaseRow> & { counters: QueueCounters | null }>(`/api/queues/${queueId}/cases`, {
      query: { state, cursor: after, limit: PAGE },
    })

  /** Loads from the start as much as was shown before. */
  async function reload(): Promise<void> {
    const mine = ++turn
    const wanted = Math.max(PAGE, listing.value.rows.length)
    let next: Listing = EMPTY
    let after: string | null = null
    try {
      do {
        const found: Page<CaseRow> & { counters: QueueCounters | null } = await page(after)
        if (mine !== turn) return
        after = found.next_cursor
        next = withPage(next, found.items, after !== null)
        if (found.counters) onCounters(queueId, found.counters)
      } while (after !== null && next.rows.length < wanted)
    } catch (error) {
      if (mine === turn && error instanceof Problem) problem.value = error
      throw error
    } finally {
      if (mine === turn) loading.value = false
    }
    cursor = after
    problem.value = null
    listing.value = next
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

  function mark(id: number): void {
    fresh.value = new Set(fresh.value).add(id)
    setTimeout(() => {
      const rest = new Set(fresh.value)
      rest.delete(id)
      fresh.value = rest
    }, 1600)
  }

  function open(id: number, wanted: ListState): void {
    const sameQueue = id === queueId
    queueId = id
    state = wanted
    turn++
    listing.value = EMPTY
    loading.value = true
    problem.value = null
    if (sameQueue && subscription) {
      void reload().catch(() => {})
      return
    }
    subscription?.leave()
    void reload().catch(() => {})
    subscription = feed.rows(`queue/${id}`, {
      reload,
      change: (frame) => {
        // Key 0 is no case: the order itself has changed.
        if (frame.type === 'gone' && frame.key === '0') return void reload().catch(() => {})
        if (frame.type === 'counters') return onCounters(id, frame.counters as unknown as QueueCounters)
        const before = listing.value
        listing.value = applied(before, frame, state)
        if (frame.type === 'row' && listing.value !== before) mark(Number(frame.key))
      },
      ended: (code, message) => {
        problem.value = new Problem(404, { code, detail: message })
      },
    })
  }

  onScopeDispose(() => {
    turn++
    subscription?.leave()
  })

  return {
    rows: computed(() => listing.value.rows),
    hasMore: computed(() => listing.value.more),
    loading,
    loadingMore,
    problem,
    fresh,
    open,
    more,
    retry: () => {
      loading.value = true
      problem.value = null
      void reload().catch(() => {})
    },
    /** Puts in a row that a write of ours has answered with, ahead of the feed. */
    saw: (row: CaseRow) => {
      const belongs = row.queue_id === queueId
      const frame = { topic: '', key: String(row.id), version: row.version }
      listing.value = applied(
        listing.value,
        belongs ? { ...frame, type: 'row', row } : { ...frame, type: 'gone' },
        state,
      )
    },
  }
}
