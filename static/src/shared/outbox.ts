// Messages that are written but not yet on the server: kept over reloads, sent exactly once by their client id.
import { computed, onScopeDispose, reactive, watch } from 'vue'
import { api, newKey, Problem } from './api'
import { feedState } from './feed'
import type { Entry, FileInfo } from './types'

export interface Pending {
  client_id: string
  kind: 'reply' | 'note'
  text: string
  files: FileInfo[]
  /** Status to set with the reply. */
  status?: string
  /** Last position the author saw (0: no check). */
  seen: number
  written_at: string
  state: 'sending' | 'waiting' | 'stale' | 'failed'
  /** Why it failed, for people. */
  problem?: string
  /** What arrived meanwhile (state "stale"). */
  newer?: Entry[]
}

export type PathOf = (pending: Pending) => string

const LONGEST_WAIT = 30_000 // milliseconds between two tries while the desk is away
const STORED = 'casefeed.outbox.'

function stored(name: string): Pending[] {
  try {
    return JSON.parse(localStorage.getItem(STORED + name) ?? '[]')
  } catch {
    return []
  }
}

function store(name: string, list: readonly Pending[]): void {
  try {
    if (list.length) localStorage.setItem(STORED + name, JSON.stringify(list))
    else localStorage.removeItem(STORED + name)
  } catch {
    // Storage full or forbidden: the message lives as long as the page.
  }
}

/**
 * The outbox of one case. `name` tells cases and people apart, `pathOf` says where a message is posted,
 * `onSent` gets the entry the server made of it.
 */
export function useOutbox(name: string, pathOf: PathOf, onSent: (entry: Entry) => void) {
  const list = reactive<Pending[]>(stored(name))
  const timers = new Set<ReturnType<typeof setTimeout>>()
  const underway = new Set<string>()
  let failures = 0
  let gone = false

  const keep = () => store(name, list)
  const find = (clientId: string) => list.find((pending) => pending.client_id === clientId)

  function remove(clientId: string): Pending | undefined {
    const at = list.findIndex((pending) => pending.client_id === clientId)
    if (at < 0) return undefined
    const [pending] = list.splice(at, 1)
    keep()
    return pending
  }

  async function post(pending: Pending): Promise<void> {
    if (underway.has(pending.client_id)) return
    underway.add(pending.client_id)
    pending.state = 'sending'
    const { client_id, text, files, status, seen, kind } = pending
    const body = {
      client_id,
      text,
      files: files.map((file) => file.id),
      // Customers send no `seen`: nobody else answers in their place.
      ...(kind === 'reply' && seen > 0 ? { seen } : {}),
      ...(kind === 'reply' && status ? { status } : {}),
    }
    try {
      // The key names this very body: another try after "send anyway" is another request.
      const entry = await api.post<Entry>(pathOf(pending), body, { key: `${client_id}.${seen}` })
      failures = 0
      remove(client_id)
      if (!gone) onSent(entry)
    } catch (error) {
      failed(pending, error)
    } finally {
      underway.delete(pending.client_id)
      keep()
    }
  }

  function failed(pending: Pending, error: unknown): void {
    const problem = error instanceof Problem ? error : new Problem(0)
    if (problem.code === 'stale_reply') {
      pending.state = 'stale'
      pending.newer = (problem.data.entries as Entry[] | undefined) ?? []
    } else if (problem.passing || problem.status === 401) {
      pending.state = 'waiting'
      const wait = Math.min(LONGEST_WAIT, 1000 * 2 ** failures++) * (0.5 + Math.random() / 2)
      const timer = setTimeout(() => {
        timers.delete(timer)
        if (find(pending.client_id)?.state === 'waiting') void post(pending)
      }, wait)
      if (gone) clearTimeout(timer)
      else timers.add(timer)
    } else {
      pending.state = 'failed'
      pending.problem = problem.message
    }
  }

  function add(message: Pick<Pending, 'kind' | 'text' | 'files' | 'seen'> & { status?: string }): void {
    list.push({ ...message, client_id: newKey(), written_at: new Date().toISOString(), state: 'sending' })
    keep()
    void post(list.at(-1) as Pending)
  }

  function retry(): void {
    for (const pending of list) if (pending.state === 'waiting' || pending.state === 'sending') void post(pending)
  }

  // The line is back: no reason to wait for the timer.
  watch(feedState, (state) => state === 'live' && retry())
  onScopeDispose(() => {
    gone = true
    for (const timer of timers) clearTimeout(timer)
  })
  retry()

  return {
    list,
    count: computed(() => list.length),
    add,
    /** The entry has arrived over the feed: nothing to wait for. */
    arrived: (clientId: string | null) => clientId && remove(clientId),
    /** Sends a stale or failed message all the same; `seen` is what the author has seen by now. */
    sendAnyway(clientId: string, seen: number): void {
      const pending = find(clientId)
      if (!pending) return
      pending.seen = seen
      pending.newer = pending.problem = undefined
      void post(pending)
    },
    /** Takes a message back for editing or for good. */
    take: remove,
  }
}
