// Messages that are written but not yet on the server: kept over reloads, sent exactly once by their client id.
import { computed, onScopeDispose, reactive, watch } from 'vue'
import { api, newKey, Problem } from './api'
import { feed, feedState } from './feed'
import { heardOf, type Pending, store, storedOf, unstore } from './outboxStore'
import type { Entry } from './types'

export type { Pending } from './outboxStore'

const LONGEST_WAIT = 30_000 // milliseconds between two tries while the desk is away

/** Everything unsent of this person on this device, whichever case is open and whichever tab wrote it. */
const all = reactive<Pending[]>([])
const listeners = new Map<string, Set<(entry: Entry) => void>>()
const underway = new Set<string>()
let userId: number | null = null
let timer: ReturnType<typeof setTimeout> | undefined
let failures = 0

/** Reactive: how many messages of this person wait on this device. */
export const unsent = computed(() => all.length)

const find = (clientId: string) => all.find((pending) => pending.client_id === clientId)

function drop(clientId: string): Pending | undefined {
  const at = all.findIndex((pending) => pending.client_id === clientId)
  return at < 0 ? undefined : all.splice(at, 1)[0]
}

function remove(clientId: string): Pending | undefined {
  const pending = drop(clientId)
  if (pending) unstore(pending)
  return pending
}

/** Only one tab at a time posts a message. Where a browser cannot promise that, the client id alone makes it one. */
async function alone(clientId: string, action: () => Promise<void>): Promise<void> {
  if (!navigator.locks) return action()
  await navigator.locks.request(`casefeed.outbox.${clientId}`, { ifAvailable: true }, async (lock) => {
    if (lock) await action()
  })
}

async function post(pending: Pending): Promise<void> {
  if (underway.has(pending.client_id)) return
  underway.add(pending.client_id)
  pending.state = 'sending'
  feed.ask() // whoever writes should not read "up to date" while nobody answers
  try {
    await alone(pending.client_id, () => attempt(pending))
  } finally {
    underway.delete(pending.client_id)
    // Another tab is at it: it tells us by the storage what became of it, or it is gone and we try.
    if (find(pending.client_id)?.state === 'sending') {
      pending.state = 'waiting'
      later()
    }
  }
}

async function attempt(pending: Pending): Promise<void> {
  const { client_id, text, files, status, seen, kind, mentions } = pending
  const body = {
    client_id,
    text,
    files: files.map((file) => file.id),
    ...(kind === 'reply' && seen > 0 ? { seen } : {}),
    ...(kind === 'reply' && status ? { status } : {}),
    ...(kind === 'note' && mentions?.length ? { mentions } : {}),
  }
  try {
    // The key names this very body: another try after "send anyway" is another request.
    const entry = await api.post<Entry>(pending.path, body, { key: `${client_id}.${seen}` })
    failures = 0
    remove(client_id)
    for (const listener of listeners.get(pending.box) ?? []) listener(entry)
  } catch (error) {
    failed(pending, error)
    if (find(client_id)) store(pending)
  }
}

function failed(pending: Pending, error: unknown): void {
  const problem = error instanceof Problem ? error : new Problem(0)
  if (problem.code === 'stale_reply') {
    pending.state = 'stale'
    pending.newer = (problem.data.entries as Entry[] | undefined) ?? []
  } else if (problem.passing || problem.status === 401) {
    pending.state = 'waiting'
    later()
  } else {
    pending.state = 'failed'
    pending.problem = problem.message
  }
}

function later(): void {
  clearTimeout(timer)
  const wait = Math.min(LONGEST_WAIT, 1000 * 2 ** failures++) * (0.5 + Math.random() / 2)
  timer = setTimeout(retry, wait)
}

function retry(): void {
  for (const pending of [...all]) if (pending.state === 'waiting' || pending.state === 'sending') void post(pending)
}

function heard(event: StorageEvent): void {
  const told = userId === null ? null : heardOf(userId, event)
  if (typeof told === 'string') drop(told)
  else if (told) {
    const known = find(told.client_id)
    if (known) Object.assign(known, told)
    // The tab that wrote it may be closed before it is sent.
    else if (all.push({ ...told, state: told.state === 'sending' ? 'waiting' : told.state })) later()
  }
}

/** Sends what this person has left on this device, on whatever page they are; null forgets it (not what is stored). */
export function followOutbox(wanted: number | null): void {
  if (wanted === userId) return
  userId = wanted
  clearTimeout(timer)
  failures = 0
  all.splice(0)
  if (wanted === null) return
  all.push(...storedOf(wanted))
  retry()
}

// The line is back: no reason to wait for the timer.
watch(feedState, (state) => state === 'live' && retry())
addEventListener('storage', heard)

/**
 * The outbox of one case. `box` names person and case (7.42), `pathOf` says where a message is posted,
 * `onSent` gets the entry the server made of it.
 */
export function useOutbox(box: string, pathOf: (kind: Pending['kind']) => string, onSent: (entry: Entry) => void) {
  const mine = listeners.get(box) ?? new Set()
  listeners.set(box, mine.add(onSent))
  onScopeDispose(() => mine.delete(onSent))

  function add(
    message: Pick<Pending, 'kind' | 'text' | 'files' | 'seen'> & { status?: string; mentions?: number[] },
  ): void {
    const pending: Pending = {
      ...message,
      box,
      path: pathOf(message.kind),
      client_id: newKey(),
      written_at: new Date().toISOString(),
      state: 'sending',
    }
    all.push(pending)
    store(pending)
    void post(all.at(-1) as Pending)
  }

  return {
    list: computed(() => all.filter((pending) => pending.box === box)),
    add,
    /** The entry has arrived over the feed: nothing to wait for. */
    arrived: (clientId: string | null) => clientId && remove(clientId),
    /** Sends a stale or failed message all the same; `seen` is what the author has seen of the feed by now. */
    sendAnyway(clientId: string, seen: number): void {
      const pending = find(clientId)
      if (!pending) return
      // What was refused for stood beside the button, and the feed may still be on its way.
      pending.seen = Math.max(seen, ...(pending.newer ?? []).map((entry) => entry.position))
      pending.newer = pending.problem = undefined
      store(pending)
      void post(pending)
    },
    /** Takes a message back for editing or for good. */
    take: remove,
  }
}
