// Which way to the desk: a WebSocket, or event streams where something between refuses WebSockets again and again.
import type { SocketLike } from './surroundings'

export type Transport = 'socket' | 'events'

const PATIENCE = 2 // WebSockets in a row that were never welcomed, until the other way is tried in between
const AGAIN = 600 // seconds until a page that reads events looks whether WebSockets get through by now

export interface Ways {
  socket: () => SocketLike
  events: () => SocketLike
  now: () => number
  /** Told with each welcome which way it came. */
  onWay: (way: Transport) => void
}

/** Opens the next connection, and learns from each what became of it. */
export class Chooser {
  #refused = 0
  #worked: Transport | null
  #workedAt = 0
  #last: Transport = 'socket'

  constructor(
    private readonly ways: Ways,
    remembered: Transport | null = null,
  ) {
    this.#worked = remembered
    this.#workedAt = ways.now()
  }

  open(): SocketLike {
    const way = this.#choose()
    this.#last = way
    return this.#watched(way, way === 'socket' ? this.ways.socket() : this.ways.events())
  }

  #choose(): Transport {
    if (this.#worked === 'events' && this.ways.now() - this.#workedAt < AGAIN && this.#refused === 0) return 'events'
    if (this.#refused < PATIENCE) return 'socket'
    return this.#last === 'socket' ? 'events' : 'socket'
  }

  #welcomed(way: Transport): void {
    this.#refused = 0
    if (this.#worked !== way) this.#workedAt = this.ways.now()
    this.#worked = way
    this.ways.onWay(way)
  }

  /** The same connection, seen from here: was it welcomed before it ended? */
  #watched(way: Transport, inner: SocketLike): SocketLike {
    let settled = false
    const failed = () => {
      if (!settled) this.#refused++
      settled = true
    }
    const outer: SocketLike = {
      onopen: null,
      onmessage: null,
      onclose: null,
      send: (text) => inner.send(text),
      close: (code) => {
        failed()
        inner.onmessage = inner.onclose = null
        inner.close(code)
      },
    }
    inner.onopen = () => outer.onopen?.()
    inner.onmessage = (event) => {
      if (!settled) {
        settled = true
        this.#welcomed(way)
      }
      outer.onmessage?.(event)
    }
    inner.onclose = (event) => {
      failed()
      outer.onclose?.(event)
    }
    return outer
  }
}
