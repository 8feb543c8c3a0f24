// A socket made of event streams, for where WebSockets are blocked: one stream per topic, the same frames, reading only.
import { eventReader } from './events'
import type { ClientFrame, ServerFrame } from './frames'
import type { SocketLike } from './surroundings'

const POLL = 10 // seconds between two looks at a topic that has no stream of its own
const HEARTBEAT = 25 // seconds, as the server keeps it on its streams
const SILENCE = 2.5 // heartbeats without a byte until a stream counts as dead

export interface EventsWorld {
  /** Asks over HTTP; raises when there is no line. */
  ask: (path: string, signal: AbortSignal) => Promise<Response>
  after: (seconds: number, action: () => void) => () => void
  now: () => number
}

interface Followed {
  name: string
  ref: string | undefined
  /** Up to where everything has arrived. */
  since: number | undefined
  /** Was welcomed once; later streams of the same topic only go on. */
  joined: boolean
  stop: AbortController
  heardAt: number
}

/**
 * Browsers open six connections to a host over HTTP/1.1, in all tabs together. So only what is looked at (a case, a queue)
 * has a stream that stays; every other topic is asked for what is new every few seconds, from where it stood.
 */
const stays = (topic: string) => /^(case|queue)\//.test(topic)

export class EventsSocket implements SocketLike {
  onopen: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null
  #topics = new Map<string, Followed>()
  #open = true
  #stop = new AbortController()

  constructor(private readonly world: EventsWorld) {
    void this.#welcome()
  }

  send(text: string): void {
    const frame = JSON.parse(text) as ClientFrame
    if (frame.type === 'join') this.#join(frame.topic, frame.ref, frame.since)
    else if (frame.type === 'leave') this.#leave(frame.topic)
    else if (frame.type === 'ping') void this.#ping()
    // Typing, presence and read marks need a WebSocket; reading is told over HTTP as well.
  }

  close(): void {
    this.#open = false
    this.#stop.abort()
    for (const topic of this.#topics.values()) topic.stop.abort()
    this.#topics.clear()
  }

  #say(frame: ServerFrame): void {
    if (this.#open) this.onmessage?.({ data: JSON.stringify(frame) })
  }

  #lost(code: number): void {
    if (!this.#open) return
    this.close()
    this.onclose?.({ code })
  }

  /** Who we are; it also proves that HTTP gets through where the WebSocket did not. */
  async #welcome(): Promise<void> {
    try {
      const answer = await this.world.ask('/api/me', this.#stop.signal)
      if (!answer.ok) return this.#lost(answer.status === 401 ? 4200 : 4102)
      const { user } = (await answer.json()) as { user: { id: number; name: string } }
      this.onopen?.()
      this.#say({
        type: 'welcome',
        session: 'events',
        member: `user/${user.id}`,
        name: user.name,
        heartbeat_seconds: HEARTBEAT,
        typing_seconds: 6,
        server_time: answer.headers.get('Date') ?? '',
        protocol: 1,
      })
    } catch {
      this.#lost(1006)
    }
  }

  #join(name: string, ref: string | undefined, since: number | undefined): void {
    const topic: Followed = {
      name,
      ref,
      since,
      joined: false,
      stop: new AbortController(),
      heardAt: this.world.now(),
    }
    this.#topics.set(name, topic)
    void this.#follow(topic)
  }

  #leave(name: string): void {
    this.#topics.get(name)?.stop.abort()
    this.#topics.delete(name)
    // The client joins again when it hears this, so it must not hear it in the middle of saying so.
    queueMicrotask(() => this.#say({ type: 'left', topic: name, reason: 'asked' }))
  }

  async #ping(): Promise<void> {
    const limit = HEARTBEAT * SILENCE
    if ([...this.#topics.values()].some((topic) => this.world.now() - topic.heardAt > limit)) return this.#lost(4000)
    try {
      const answer = await this.world.ask('/api/me', this.#stop.signal)
      if (answer.status === 401) this.#lost(4200)
      else if (answer.ok) this.#say({ type: 'pong' })
    } catch {
      // No answer is no pong; the client knows what that means.
    }
  }

  async #follow(topic: Followed): Promise<void> {
    const here = () => this.#open && this.#topics.get(topic.name) === topic
    try {
      const since = topic.since === undefined ? '' : `&since=${topic.since}`
      const path = `/live/events?topic=${encodeURIComponent(topic.name)}${since}`
      const answer = await this.world.ask(path, topic.stop.signal)
      if (!here()) return
      if (answer.status === 401) return this.#lost(4200)
      if (answer.status === 403 || answer.status === 404 || answer.status === 422) return this.#refused(topic)
      if (!answer.ok || !answer.body) return this.#lost(4102)
      await this.#read(topic, answer.body, here)
    } catch {
      if (here()) this.#lost(1006)
      return
    }
    if (!here()) return
    if (stays(topic.name)) this.#lost(1006)
    else {
      topic.heardAt = this.world.now() + POLL
      this.world.after(POLL, () => here() && void this.#follow(topic))
    }
  }

  #refused(topic: Followed): void {
    this.#topics.delete(topic.name)
    if (topic.joined) this.#say({ type: 'left', topic: topic.name, reason: 'rights' })
    else this.#say({ type: 'refused', topic: topic.name, code: 'not_found', message: '', ref: topic.ref })
  }

  async #read(topic: Followed, body: ReadableStream<Uint8Array>, here: () => boolean): Promise<void> {
    const reader = body.getReader()
    const decoder = new TextDecoder()
    const events = eventReader()
    for (;;) {
      const { done, value } = await reader.read()
      if (done || !here()) return
      topic.heardAt = this.world.now()
      // A comment that only keeps the line open is a sign of life too.
      this.#say({ type: 'pong' })
      for (const event of events(decoder.decode(value, { stream: true }))) {
        if (!here()) return
        if (event.name === 'close') return this.#lost((JSON.parse(event.data) as { code: number }).code)
        if (this.#heard(topic, JSON.parse(event.data) as ServerFrame) && !stays(topic.name)) {
          await reader.cancel()
          return
        }
      }
    }
  }

  /** Passes a frame on; whether everything that there is has arrived with it. */
  #heard(topic: Followed, frame: ServerFrame): boolean {
    if (frame.type === 'welcome') return false
    if (frame.type === 'joined') {
      const first = !topic.joined
      topic.joined = true
      topic.since ??= frame.head
      // A stream that only goes on is nothing new to the client.
      if (first) this.#say({ ...frame, ref: topic.ref })
      return false
    }
    if (frame.type === 'entry') topic.since = frame.position
    else if (frame.type === 'up_to_date' || frame.type === 'resync') topic.since = frame.head
    this.#say(frame)
    return frame.type === 'up_to_date' || frame.type === 'resync'
  }
}
