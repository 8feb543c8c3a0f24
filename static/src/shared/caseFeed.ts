// The live feed of one case for a screen: last page over HTTP, then live; older pages on demand; who is here and types.
import { computed, onScopeDispose, reactive, ref, shallowRef } from 'vue'
import { api, Problem } from './api'
import { joinLog, type Present, type Subscription } from './feed'
import type { Entry, EntryPage } from './types'

const PAGE = 60 // entries; about three screens, so that opening needs one request

const BEYOND = 2_000_000_000 // a position after every position, and still a 32-bit number for the database

export interface CaseFeedOptions {
  /** Such as case/42. */
  topic: string
  /** Where its entries are listed, such as /api/cases/42/entries. */
  path: string
  /** New entries arrived live (not the first page). */
  arrived?: (entries: Entry[]) => void
  /** Whose reading counts for `readUpTo`; everybody's where absent. */
  countsAsReader?: (member: string) => boolean
  /** The case is not (or no longer) ours. */
  ended?: (code: string, message: string) => void
}

export function useCaseFeed({ topic, path, arrived, ended, countsAsReader }: CaseFeedOptions) {
  const entries = shallowRef<Entry[]>([])
  const problem = ref<Problem | null>(null)
  const loading = ref(true)
  const loadingOlder = ref(false)
  const people = ref<Present[]>([])
  const typing = ref<{ member: string; name: string }[]>([])
  const readUpTo = reactive(new Map<string, number>())
  const stop = new AbortController()
  let subscription: Subscription | undefined
  let gone = false
  const quiet = () => (document.visibilityState === 'visible' ? 'viewing' : 'away')
  const doingOf = (member: string) => people.value.find((person) => person.member === member)?.doing
  const last = () => entries.value.at(-1)?.position ?? 0

  function merge(more: readonly Entry[]): Entry[] {
    const known = new Set(entries.value.map((entry) => entry.position))
    const fresh = more.filter((entry) => !known.has(entry.position))
    if (fresh.length) entries.value = [...entries.value, ...fresh].sort((a, b) => a.position - b.position)
    return fresh
  }

  const page = (query: { after?: number; before?: number }) =>
    api.get<EntryPage>(path, { query: { ...query, limit: PAGE }, signal: stop.signal })

  /** After a resync: everything from our last position on; if the log went back, all anew. */
  async function reload(head: number): Promise<number> {
    if (head < last()) entries.value = []
    if (entries.value.length === 0) {
      const first = await page({ before: head + 1 })
      merge(first.items)
      return Math.max(last(), first.head === head ? head : 0)
    }
    const fresh: Entry[] = []
    for (;;) {
      const next = await page({ after: last() })
      fresh.push(...merge(next.items))
      if (next.items.length === 0 || last() >= next.head) break
    }
    if (fresh.length) arrived?.(fresh)
    return last()
  }

  function join(): void {
    if (gone) return
    subscription = joinLog<Entry>(topic, last(), {
      entries: (more) => {
        const fresh = merge(more.map(({ entry }) => entry))
        if (fresh.length) arrived?.(fresh)
      },
      reload,
      people: (present) => (people.value = present),
      typing: (typists) => (typing.value = typists),
      read: (member, position) => readUpTo.set(member, Math.max(position, readUpTo.get(member) ?? 0)),
      ended: (code, message) => {
        problem.value = new Problem(404, { code, detail: message })
        ended?.(code, message)
      },
    })
    subscription.here(quiet())
  }

  async function start(): Promise<void> {
    loading.value = true
    problem.value = null
    try {
      merge((await page({ before: BEYOND })).items)
      join()
    } catch (error) {
      if (error instanceof Problem) problem.value = error
    } finally {
      loading.value = false
    }
  }

  async function older(): Promise<void> {
    const first = entries.value[0]?.position ?? 1
    if (loadingOlder.value || first <= 1) return
    loadingOlder.value = true
    try {
      merge((await page({ before: first })).items)
    } catch (error) {
      if (!(error instanceof Problem)) throw error
    } finally {
      loadingOlder.value = false
    }
  }

  const visibility = () => subscription?.here(quiet())
  document.addEventListener('visibilitychange', visibility)
  onScopeDispose(() => {
    gone = true
    stop.abort()
    document.removeEventListener('visibilitychange', visibility)
    subscription?.leave()
  })
  void start()

  return {
    entries,
    head: computed(() => entries.value.at(-1)?.position ?? 0),
    hasOlder: computed(() => (entries.value[0]?.position ?? 1) > 1),
    loading,
    loadingOlder,
    problem,
    people,
    /** Who types, and whether it is a note (only colleagues learn of that). */
    typing: computed(() => typing.value.map((typist) => ({ ...typist, noting: doingOf(typist.member) === 'noting' }))),
    /** The furthest that somebody who counts has read. */
    readUpTo: computed(() =>
      Math.max(
        0,
        ...[...readUpTo].filter(([member]) => countsAsReader?.(member) ?? true).map(([, position]) => position),
      ),
    ),
    older,
    retry: start,
    /** Takes in an entry that a write has answered with, ahead of the feed. */
    saw: (entry: Entry) => entry.position === last() + 1 && merge([entry]),
    setTyping: (on: boolean, isPrivate = false) => {
      subscription?.typing(on, isPrivate)
      subscription?.here(on ? (isPrivate ? 'noting' : 'editing') : quiet())
    },
    markRead: (position: number) => subscription?.read(position),
  }
}
