// The one feed client: a socket that comes back by itself, and topics that continue where they were.
import { type ClientFrame, comesBack, type Doing, type Present, type ServerFrame } from './frames'
import { ANSWER, Question } from './question'
import { type Hooks, type LogHandlers, LogStream, type StateHandlers, StateStream } from './stream'
import type { FeedState, PeopleHandlers, SocketLike, Subscription, Surroundings } from './surroundings'

const FIRST_WAIT = 0.5 // seconds; most cuts are a restart or a changed network, over in a moment
const LONGEST_WAIT = 30 // seconds; a desk that is down is tried twice a minute
const OPENING = 15 // seconds until an unanswered connection attempt counts as failed
const SILENCE = 2.5 // heartbeats without any frame until the line counts as dead
const OFFLINE_AFTER = 3 // failed attempts until we say "offline" instead of "connecting"

type Place = 'out' | 'joining' | 'joined' | 'leaving'

interface Topic extends Subscription {
  stream: LogStream<unknown> | StateStream
  handlers: PeopleHandlers
  ref: string
  people: Map<string, Present>
  typists: Map<string, { member: string; name: string; forget: () => void }>
  doing: Doing | null
  saying: (() => void) | null
}

export class FeedClient {
  state: FeedState = 'connecting'
  /** Who we are to the server; our own typing is not shown to ourselves. */
  member = ''
  /** Server time minus our time, milliseconds. */
  skew = 0
  #socket: SocketLike | null = null
  #welcomed = false
  #topics = new Map<string, Topic>()
  #places = new Map<string, Place>()
  #listeners = new Set<(state: FeedState) => void>()
  #failures = 0
  #refs = 0
  #stopped = true
  #heartbeat = 25
  #typingSeconds = 6
  #heardAt = 0
  #question: Question
  #cancelTimer: () => void = () => {}
  #cancelBeat: () => void = () => {}

  constructor(
    private readonly world: Surroundings,
    /** The server said not to come back (or we cannot know why it refuses): `code` is the close code. */
    private readonly onEnded: (code: number) => void = () => {},
    private readonly onDoubt: () => void = () => {},
  ) {
    this.#question = new Question(world, () => this.#update())
  }

  onState(listener: (state: FeedState) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  start(): void {
    if (!this.#stopped) return
    this.#stopped = false
    this.#failures = 0
    this.#connect()
  }

  stop(): void {
    this.#stopped = true
    this.#drop()
    this.#update()
  }

  /** The network is back or the page is visible again: do not wait for the timer. */
  nudge(): void {
    if (this.#stopped) return
    if (!this.#socket) {
      this.#failures = 0
      this.#connect()
    } else if (this.#welcomed) {
      const before = this.#heardAt
      this.#ping()
      this.#cancelBeat()
      // A laptop that slept often has a socket that looks open and is dead.
      this.#cancelBeat = this.world.after(ANSWER, () => (this.#heardAt === before ? this.#lost(4000) : this.#beat()))
    }
  }

  /** Somebody relies on the line now, for they write: does it still answer? */
  ask(): void {
    if (this.#welcomed) this.#ping()
  }

  /** The browser says that the network is gone: believed at once. It may be wrong (a desk on this machine), so tries go on. */
  networkLost(): void {
    if (this.#stopped) return
    this.#drop()
    this.#failures = OFFLINE_AFTER
    this.#cancelTimer = this.world.after(this.#wait(this.#failures), () => this.#connect())
    this.#update()
  }

  /** The browser says that the network is back: an attempt from before hangs in the old one. */
  networkBack(): void {
    if (this.#stopped) return
    if (this.#welcomed) {
      this.nudge()
      return
    }
    this.#failures = 0
    this.#connect()
  }

  /** Joins a log; entries after `since` are told in order and once. */
  log<E>(topic: string, since: number | undefined, handlers: LogHandlers<E> & PeopleHandlers): Subscription {
    return this.#add(topic, handlers, (hooks) => new LogStream<E>(since, handlers, hooks) as LogStream<unknown>)
  }

  /** Joins a state; its snapshot is (re)loaded through `handlers.reload`, then changes are told. */
  rows(topic: string, handlers: StateHandlers & PeopleHandlers): Subscription {
    return this.#add(topic, handlers, (hooks) => new StateStream(handlers, hooks))
  }

  #add(name: string, handlers: PeopleHandlers, make: (hooks: Hooks) => Topic['stream']): Subscription {
    this.#topics.get(name)?.leave()
    const client = this
    let tries = 0
    const topic: Topic = {
      topic: name,
      handlers,
      stream: make({
        retry: (again) => {
          this.world.after(this.#wait(++tries), () => this.#topics.get(name) === topic && again())
        },
        changed: () => {
          tries = 0
          this.#update()
        },
        hole: () => this.#rejoin(topic),
      }),
      ref: '',
      people: new Map(),
      typists: new Map(),
      doing: null,
      saying: null,
      get complete() {
        return client.#welcomed && client.#places.get(name) === 'joined' && topic.stream.complete
      },
      typing(on, isPrivate = false) {
        if (on === Boolean(topic.saying)) return
        topic.saying?.()
        topic.saying = null
        if (on) client.#sayTyping(topic, isPrivate)
        else client.#say({ type: 'typing', topic: name, on: false, private: isPrivate })
      },
      here(doing) {
        if (topic.doing === doing) return
        topic.doing = doing
        client.#say({ type: 'here', topic: name, doing })
      },
      read(position) {
        client.#say({ type: 'read', topic: name, position })
      },
      leave() {
        if (client.#topics.get(name) !== topic) return
        topic.saying?.()
        topic.stream.close()
        for (const typist of topic.typists.values()) typist.forget()
        client.#topics.delete(name)
        client.#leave(name)
        client.#update()
      },
    }
    this.#topics.set(name, topic)
    this.#join(topic)
    this.#update()
    return topic
  }

  #sayTyping(topic: Topic, isPrivate: boolean): void {
    this.#say({ type: 'typing', topic: topic.topic, on: true, private: isPrivate })
    topic.saying = this.world.after(this.#typingSeconds / 2, () => this.#sayTyping(topic, isPrivate))
  }

  // --- joining -------------------------------------------------------------------------------------------------------

  #join(topic: Topic): void {
    const place = this.#places.get(topic.topic)
    // The server refuses a second join; after a leave its `left` comes first.
    if (!this.#welcomed || place === 'leaving' || place === 'joining') return
    topic.ref = String(++this.#refs)
    topic.stream.joining()
    this.#places.set(topic.topic, 'joining')
    const since = topic.stream.since
    this.#send({ type: 'join', topic: topic.topic, ref: topic.ref, ...(since === undefined ? {} : { since }) })
  }

  #leave(name: string): void {
    const place = this.#places.get(name)
    if (place !== 'joined' && place !== 'joining') return
    this.#places.set(name, 'leaving')
    this.#send({ type: 'leave', topic: name })
  }

  #rejoin(topic: Topic): void {
    topic.stream.joining()
    this.#leave(topic.topic)
    this.#update()
  }

  // --- the socket ----------------------------------------------------------------------------------------------------

  #connect(): void {
    this.#drop()
    const socket = this.world.open()
    this.#socket = socket
    this.#cancelTimer = this.world.after(OPENING, () => this.#lost(1006))
    socket.onmessage = (event) => {
      if (socket !== this.#socket) return
      this.#heardAt = this.world.now()
      const doubted = this.#question.silent
      this.#question.over()
      this.#heard(JSON.parse(event.data))
      if (doubted) this.#update()
    }
    socket.onclose = (event) => socket === this.#socket && this.#lost(event.code)
    this.#update()
  }

  #drop(): void {
    this.#cancelTimer()
    this.#cancelBeat()
    this.#question.over()
    const socket = this.#socket
    this.#socket = null
    this.#welcomed = false
    this.#places.clear()
    for (const topic of this.#topics.values()) {
      topic.stream.joining()
      topic.people.clear()
      for (const typist of topic.typists.values()) typist.forget()
      if (topic.typists.size) {
        topic.typists.clear()
        topic.handlers.typing?.([])
      }
      topic.handlers.people?.([], 0)
    }
    if (socket) {
      socket.onmessage = socket.onclose = null
      socket.close(1000)
    }
  }

  #lost(code: number): void {
    const wasLive = this.#welcomed
    this.#drop()
    const advice = comesBack(code)
    if (advice === 'never') {
      this.#stopped = true
      this.#update()
      this.onEnded(code)
      return
    }
    if (wasLive) this.#failures = 0
    this.#failures++
    if (!wasLive && this.#failures === 2) this.onDoubt()
    const seconds =
      advice === 'now' && this.#failures === 1 ? this.world.random() * FIRST_WAIT : this.#wait(this.#failures)
    this.#cancelTimer = this.world.after(seconds, () => this.#connect())
    this.#update()
  }

  /** Doubling, with half of it left to chance, so that a restarted server is not stormed. */
  #wait(failures: number): number {
    const ceiling = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(failures, 10))
    return ceiling / 2 + (this.world.random() * ceiling) / 2
  }

  #beat(): void {
    this.#cancelBeat()
    this.#cancelBeat = this.world.after(this.#heartbeat, () => {
      if (this.world.now() - this.#heardAt > this.#heartbeat * SILENCE) {
        this.#lost(4000)
        return
      }
      this.#ping()
      this.#beat()
    })
  }

  #ping(): void {
    this.#send({ type: 'ping' })
    this.#question.asked()
  }

  #send(frame: ClientFrame): void {
    this.#socket?.send(JSON.stringify(frame))
  }

  #say(frame: ClientFrame & { topic: string }): void {
    if (this.#places.get(frame.topic) === 'joined') this.#send(frame)
  }

  // --- what the server says ------------------------------------------------------------------------------------------

  #heard(frame: ServerFrame): void {
    if (frame.type === 'welcome') this.#welcome(frame)
    else if (frame.type === 'left') this.#left(frame.topic, frame.reason)
    else if ('topic' in frame && frame.topic !== undefined) this.#about(frame, frame.topic)
  }

  #about(frame: ServerFrame, name: string): void {
    const topic = this.#topics.get(name)
    if (frame.type === 'refused') {
      if (topic && frame.ref === topic.ref) this.#refused(topic, frame.code, frame.message)
      return
    }
    if (frame.type === 'joined') {
      if (!topic || frame.ref !== topic.ref) return
      this.#places.set(topic.topic, 'joined')
      topic.stream.joined(frame.head)
      if (topic.doing) this.#say({ type: 'here', topic: topic.topic, doing: topic.doing })
      this.#setPeople(topic, frame.people ?? [], frame.count)
    } else if (topic && this.#places.get(name) === 'joined') this.#inTopic(topic, frame)
    this.#update()
  }

  #welcome(frame: Extract<ServerFrame, { type: 'welcome' }>): void {
    this.#cancelTimer()
    this.#welcomed = true
    this.member = frame.member
    this.#heartbeat = frame.heartbeat_seconds
    this.#typingSeconds = frame.typing_seconds
    const serverTime = Date.parse(frame.server_time)
    if (Number.isFinite(serverTime)) this.skew = serverTime - Date.now()
    this.#beat()
    for (const topic of this.#topics.values()) this.#join(topic)
    this.#update()
  }

  #inTopic(topic: Topic, frame: ServerFrame): void {
    const { stream, handlers } = topic
    if (frame.type === 'entry' && stream instanceof LogStream) stream.entry(frame.position, frame.entry)
    else if (frame.type === 'row' || frame.type === 'gone' || frame.type === 'counters') {
      if (stream instanceof StateStream) stream.change(frame)
    } else if (frame.type === 'resync') stream.resync(frame.head, frame.reason)
    else if (frame.type === 'up_to_date') stream.upToDate(frame.head)
    else if (frame.type === 'read') handlers.read?.(frame.member, frame.position)
    else if (frame.type === 'typing') this.#typing(topic, frame.member, frame.name, frame.on)
    else if (frame.type === 'people') {
      for (const person of frame.joined ?? []) topic.people.set(person.member, person)
      for (const member of frame.left ?? []) topic.people.delete(member)
      this.#setPeople(topic, frame.people ?? [...topic.people.values()], frame.count)
    }
  }

  #setPeople(topic: Topic, people: Present[], count?: number): void {
    topic.people = new Map(people.map((person) => [person.member, person]))
    topic.handlers.people?.(people, count ?? people.length)
  }

  #typing(topic: Topic, member: string, name: string, on: boolean): void {
    if (member === this.member) return
    topic.typists.get(member)?.forget()
    topic.typists.delete(member)
    if (on) {
      const forget = this.world.after(this.#typingSeconds, () => this.#typing(topic, member, name, false))
      topic.typists.set(member, { member, name, forget })
    }
    topic.handlers.typing?.([...topic.typists.values()].map((typist) => ({ member: typist.member, name: typist.name })))
  }

  #left(name: string, reason: string): void {
    this.#places.delete(name)
    const topic = this.#topics.get(name)
    if (!topic) return
    if (reason === 'asked') this.#join(topic)
    else this.#end(topic, reason, '')
  }

  #refused(topic: Topic, code: string, message: string): void {
    this.#places.delete(topic.topic)
    if (code === 'unavailable') {
      this.world.after(this.#wait(3), () => this.#topics.get(topic.topic) === topic && this.#join(topic))
    } else this.#end(topic, code, message)
  }

  #end(topic: Topic, code: string, message: string): void {
    topic.leave()
    topic.handlers.ended?.(code, message)
  }

  #update(): void {
    const before = this.state
    if (this.#stopped) this.state = 'offline'
    else if (!this.#welcomed) this.state = this.#failures >= OFFLINE_AFTER ? 'offline' : 'connecting'
    else if (this.#question.silent) this.state = 'silent'
    else this.state = [...this.#topics.values()].every((topic) => topic.complete) ? 'live' : 'catching up'
    if (this.state !== before) for (const listener of this.#listeners) listener(this.state)
  }
}
