// The feed for Vue: one socket per page, its state as a reactive value, topics that end with their component.
import { getCurrentScope, onScopeDispose, readonly, ref } from 'vue'
import { api } from '../api'
import { serverSkew } from '../time'
import { FeedClient } from './client'
import { EventsSocket } from './eventsSocket'
import type { LogHandlers, StateHandlers } from './stream'
import type { FeedState, PeopleHandlers, Subscription } from './surroundings'
import { Chooser, type Transport } from './transport'

export type { Doing, Present, StateFrame } from './frames'
export type { FeedState, Subscription } from './surroundings'

const state = ref<FeedState>('connecting')
/** Reactive: what the line to the server is like; "live" only when everything is proven to have arrived. */
export const feedState = readonly(state)

const way = ref<Transport>('socket')
/** Reactive: how the feed reaches us. By events others do not see what we do, and some topics are a few seconds late. */
export const feedWay = readonly(way)
const WAY = 'casefeed.way'

let onEnded: (code: number) => void = () => {}

/** Called when the server closed for good: signed out, disabled, or a page too old for it. */
export function whenFeedEnds(listener: (code: number) => void): void {
  onEnded = listener
}

function socketAddress(): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/live`
}

function after(seconds: number, action: () => void): () => void {
  const timer = setTimeout(action, seconds * 1000)
  return () => clearTimeout(timer)
}
const now = () => performance.now() / 1000

function remembered(): Transport | null {
  try {
    return sessionStorage.getItem(WAY) === 'events' ? 'events' : null
  } catch {
    return null
  }
}

const ways = new Chooser(
  {
    socket: () => new WebSocket(socketAddress()) as never,
    events: () =>
      new EventsSocket({
        ask: (path, signal) => fetch(path, { signal, credentials: 'same-origin', cache: 'no-store' }),
        after,
        now,
      }),
    now,
    onWay: (found) => {
      way.value = found
      try {
        // A reload of a page that reads events need not find out anew.
        sessionStorage.setItem(WAY, found)
      } catch {
        // Found out again then.
      }
    },
  },
  remembered(),
)

export const feed = new FeedClient(
  { open: () => ways.open(), after, random: Math.random, now },
  (code) => onEnded(code),
  // A refused handshake looks like a lost network to a browser; the API can tell whether we are signed out.
  () => void api.get('/api/me').catch(() => {}),
)

feed.onState((now) => {
  state.value = now
  serverSkew.value = feed.skew
})

// A socket does not learn by itself that the network is gone.
addEventListener('online', () => feed.networkBack())
addEventListener('offline', () => feed.networkLost())
document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && feed.nudge())

function tied(subscription: Subscription): Subscription {
  if (getCurrentScope()) onScopeDispose(() => subscription.leave())
  return subscription
}

/** Joins a log until the current component goes. */
export function joinLog<E>(
  topic: string,
  since: number | undefined,
  handlers: LogHandlers<E> & PeopleHandlers,
): Subscription {
  return tied(feed.log(topic, since, handlers))
}

/** Joins a state until the current component goes. */
export function joinState(topic: string, handlers: StateHandlers & PeopleHandlers): Subscription {
  return tied(feed.rows(topic, handlers))
}
