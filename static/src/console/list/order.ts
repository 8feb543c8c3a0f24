// The order of work in a queue and how one change moves the list; pure, the same rules as the server's list.
import type { StateFrame } from '../../shared/feed'
import type { CaseRow, Category } from '../../shared/types'

export type ListState = 'active' | 'waiting' | 'snoozed' | 'done' | 'all'

export const LIST_STATES: Record<ListState, readonly Category[]> = {
  active: ['new', 'open', 'waiting', 'on_hold'],
  waiting: ['waiting', 'on_hold'],
  snoozed: ['new', 'open', 'waiting', 'on_hold'],
  done: ['resolved', 'closed'],
  all: ['new', 'open', 'waiting', 'on_hold', 'resolved', 'closed'],
}

/** The server's order of work; it weighs what the queue says. */
export function compareWork(a: CaseRow, b: CaseRow): number {
  return a.rank - b.rank || a.id - b.id
}

/** Whether a case belongs on this list: what is snoozed stands on a list of its own. */
export function belongs(row: CaseRow, state: ListState): boolean {
  if (!LIST_STATES[state].includes(row.status.category)) return false
  return state === 'all' || state === 'done' || (row.snoozed_until !== null) === (state === 'snoozed')
}

export interface Listing {
  rows: readonly CaseRow[]
  /** Newest version seen per case, also of cases that left. */
  versions: ReadonlyMap<number, number>
  /** More rows follow on the server after the last of these. */
  more: boolean
}

export const EMPTY: Listing = { rows: [], versions: new Map(), more: false }

/** Takes in rows of a snapshot or of the next page; what is already newer here stays. */
export function withPage(listing: Listing, rows: readonly CaseRow[], more: boolean): Listing {
  const versions = new Map(listing.versions)
  const kept = new Map(listing.rows.map((row) => [row.id, row]))
  for (const row of rows) {
    if ((versions.get(row.id) ?? -1) > row.version) continue
    versions.set(row.id, row.version)
    kept.set(row.id, row)
  }
  return { rows: [...kept.values()].sort(compareWork), versions, more }
}

/** Applies one change; answers the very same listing where nothing is to do. Without `state` every row belongs here. */
export function applied(listing: Listing, frame: StateFrame, state: ListState | null): Listing {
  if (frame.type === 'counters') return listing
  const id = Number(frame.key)
  const known = listing.versions.get(id) ?? -1
  if (
    frame.version < known ||
    (frame.type === 'gone' && frame.version === known && !listing.rows.some((row) => row.id === id))
  ) {
    return listing
  }
  const versions = new Map(listing.versions).set(id, frame.version)
  const before = listing.rows.find((row) => row.id === id)
  const others = listing.rows.filter((row) => row.id !== id)
  if (frame.type === 'gone') return before ? { ...listing, rows: others, versions } : { ...listing, versions }
  const row = frame.row as CaseRow
  if (state && !belongs(row, state)) return { ...listing, rows: others, versions }
  // What each person has read is not told to all: ours is kept.
  const merged: CaseRow = { ...row, read_position: before?.read_position ?? row.read_position ?? null }
  const last = others.at(-1)
  if (listing.more && last && compareWork(merged, last) > 0) return { ...listing, rows: others, versions }
  return { ...listing, rows: [...others, merged].sort(compareWork), versions }
}

/** Something in it is new to the reader; what is closed asks for nobody's eyes. */
export function isUnread(row: CaseRow, read: number = row.read_position ?? 0): boolean {
  return row.status.category !== 'closed' && row.head > read
}
