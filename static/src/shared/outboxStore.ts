// Messages on this device that the server has not confirmed, one storage key each, so that no tab overwrites another's.
import type { Entry, FileInfo } from './types'

export interface Pending {
  client_id: string
  /** Whose and of which case: user and case, such as 7.42. */
  box: string
  /** Where it is posted. */
  path: string
  kind: 'reply' | 'note'
  text: string
  files: FileInfo[]
  /** Status to set with the reply. */
  status?: string
  /** Ids of the colleagues that a note names. */
  mentions?: number[]
  /** Last position the author saw (0: no check). */
  seen: number
  written_at: string
  state: 'sending' | 'waiting' | 'stale' | 'failed'
  /** Why it failed, for people. */
  problem?: string
  /** What arrived meanwhile (state "stale"). */
  newer?: Entry[]
}

const STORED = 'casefeed.outbox.'
const keyOf = (pending: Pick<Pending, 'box' | 'client_id'>) => `${STORED}${pending.box}/${pending.client_id}`

function parsed(text: string | null): Pending | null {
  try {
    const found = JSON.parse(text ?? 'null')
    return found && typeof found.client_id === 'string' && typeof found.path === 'string' ? found : null
  } catch {
    return null
  }
}

/** Everything that this person has not sent yet, oldest first. */
export function storedOf(userId: number): Pending[] {
  const found: Pending[] = []
  try {
    for (let index = 0; index < localStorage.length; index++) {
      const key = localStorage.key(index)
      if (!key?.startsWith(`${STORED}${userId}.`)) continue
      const pending = parsed(localStorage.getItem(key))
      if (pending) found.push(pending)
    }
  } catch {
    // Storage forbidden: messages live as long as the page.
  }
  return found.sort((a, b) => a.written_at.localeCompare(b.written_at))
}

export function store(pending: Pending): void {
  try {
    localStorage.setItem(keyOf(pending), JSON.stringify(pending))
  } catch {
    // Full or forbidden: the message lives as long as the page.
  }
}

export function unstore(pending: Pick<Pending, 'box' | 'client_id'>): void {
  try {
    localStorage.removeItem(keyOf(pending))
  } catch {
    // Nothing was kept.
  }
}

/** What another tab did: a message it added or changed, or the name of one that is done. */
export function heardOf(userId: number, event: Pick<StorageEvent, 'key' | 'newValue'>): Pending | string | null {
  if (!event.key?.startsWith(`${STORED}${userId}.`)) return null
  return event.newValue === null ? event.key.slice(event.key.indexOf('/') + 1) : parsed(event.newValue)
}
