// What the feed client needs from the world around it, and what it offers to screens.
import type { Doing, Present } from './frames'

/** `silent`: the line looks open, but what was asked over it is not answered. */
export type FeedState = 'live' | 'connecting' | 'catching up' | 'silent' | 'offline'

/** The part of WebSocket that the client uses. */
export interface SocketLike {
  onopen: (() => void) | null
  onmessage: ((event: { data: string }) => void) | null
  onclose: ((event: { code: number }) => void) | null
  send(text: string): void
  close(code?: number): void
}

/** The world around the client; tests hand in their own. */
export interface Surroundings {
  open: () => SocketLike
  after: (seconds: number, action: () => void) => () => void
  random: () => number
  /** Seconds of a clock that only goes forward. */
  now: () => number
}

export interface PeopleHandlers {
  people?: (people: Present[], count: number) => void
  typing?: (typists: { member: string; name: string }[]) => void
  read?: (member: string, position: number) => void
  /** The topic is not (or no longer) ours; nothing more will come. */
  ended?: (code: string, message: string) => void
}

export interface Subscription {
  readonly topic: string
  readonly complete: boolean
  typing(on: boolean, isPrivate?: boolean): void
  here(doing: Doing): void
  read(position: number): void
  leave(): void
}
