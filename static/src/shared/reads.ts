// What this person has read on any of their tabs and devices, and how much is unread; follows the topic reads/me.
import { reactive, readonly, ref } from 'vue'
import { api } from './api'
import { feed, type StateFrame, type Subscription } from './feed'

export interface UnreadCounts {
  /** Own cases with something unread. */
  cases: number
  notifications: number
}

interface Unread extends UnreadCounts {
  /** What was read last, newest first. */
  read: { case_id: number; position: number }[]
}

const positions = reactive(new Map<number, number>())
const counts = ref<UnreadCounts>({ cases: 0, notifications: 0 })
/** Reactive: how much is unread, the same on every page of this person. */
export const unread = readonly(counts)

let person: number | undefined
let subscription: Subscription | undefined

/** How far a case is read: what a list was told, or what was read elsewhere since. */
export function readUpTo(caseId: number, known: number | null | undefined): number {
  return Math.max(known ?? 0, positions.get(caseId) ?? 0)
}

/** Read marks only grow, so they may come twice and in any order. */
export function noteRead(caseId: number, position: number): void {
  if (position > (positions.get(caseId) ?? 0)) positions.set(caseId, position)
}

async function load(): Promise<void> {
  const found = await api.get<Unread>('/api/unread')
  for (const one of found.read) noteRead(one.case_id, one.position)
  counts.value = { cases: found.cases, notifications: found.notifications }
}

function changed(frame: StateFrame): void {
  if (frame.type === 'counters') counts.value = frame.counters as unknown as UnreadCounts
  else if (frame.type === 'row') noteRead(Number(frame.key), (frame.row as { position: number }).position)
}

/** Follows the reading of this person from now on; of nobody when null. */
export function followReads(userId: number | null): void {
  if (userId === (person ?? null)) return
  subscription?.leave()
  subscription = undefined
  positions.clear()
  counts.value = { cases: 0, notifications: 0 }
  person = userId ?? undefined
  if (userId !== null) subscription = feed.rows('reads/me', { reload: load, change: changed })
}
