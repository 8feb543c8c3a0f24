// The feed for Vue: one socket per page, its state as a reactive value, topics that end with their component.
import { getCurrentScope, onScopeDispose, readonly, ref } from 'vue'
import { api } from '../api'
import { serverSkew } from '../time'
import { FeedClient } from './client'
import type { LogHandlers, StateHandlers } from './stream'
import type { FeedState, PeopleHandlers, Subscription } from './surroundings'

export type { Doing, Present, StateFrame } from './frames'
export type { FeedState, Subscription } from './surroundings'

const state = ref<FeedState>('connecting')
/** Reactive: what the line to the server is like; "live" only when everything is proven to have arrived. */
export const feedState = readonly(state)

let onEnded: (code: number) => void = () => {}

/** Called when the server closed for good: signed out, disabled, or a page too old for it. */
export function whenFeedEnds(listener: (code: number) => void): void {
  onEnded = listener
}

function socketAddress(): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/live`
}

export const feed = new FeedClient(
  {
    open: () => new WebSocket(socketAddress()) as never,
    after: (seconds, action) => {
      const timer = setTimeout(action, seconds * 1000)
      return () => clearTimeout(timer)
    },
    random: Math.random,
    now: () => performance.now() / 1000,
  },
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
