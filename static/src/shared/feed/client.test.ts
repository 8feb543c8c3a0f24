import { beforeEach, describe, expect, it } from 'vitest'
import { FeedClient } from './client'
import { comesBack } from './frames'
import type { FeedState, SocketLike, Surroundings } from './surroundings'

/** A world whose clock is moved by hand and whose sockets are ours. */
class World implements Surroundings {
  time = 0
  sockets: FakeSocket[] = []
  #timers: { at: number; action: () => void }[] = []
  open = () => {
    const socket = new FakeSocket()
    this.sockets.push(socket)
    return socket
  }
  after = (seconds: number, action: () => void) => {
    const timer = { at: this.time + seconds, action }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer)
    }
  }
  random = () => 0.5
  now = () => this.time
  get socket(): FakeSocket {
    return this.sockets.at(-1) as FakeSocket
  }
  pass(seconds: number): void {
    const end = this.time + seconds
    for (;;) {
      const next = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.time = next.at
      this.#timers = this.#timers.filter((timer) => timer !== next)
      next.action()
    }
    this.time = end
  }
}

class FakeSocket implements SocketLike {
  onopen: (() => void) | null = null
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null
  sent: Record<string, unknown>[] = []
  closed = false
  send(text: string): void {
    this.sent.push(JSON.parse(text))
  }
  close(): void {
    this.closed = true
  }
  say(frame: Record<string, unknown>): void {
    this.onmessage?.({ data: JSON.stringify(frame) })
  }
  cut(code = 1006): void {
    this.onclose?.({ code })
  }
  welcome(): void {
    this.say({
      type: 'welcome',
      session: 's',
      member: 'user/1',
      name: 'Maria Keller',
      heartbeat_seconds: 25,
      typing_seconds: 6,
      server_time: '2026-11-22T12:00:00Z',
      protocol: 1,
    })
  }
  sentOf(type: string) {
    return this.sent.filter((frame) => frame.type === type)
  }
  /** Answers the last join of a topic with what follows its `since` in a log of this length. */
  replay(topic: string, length: number): void {
    const join = this.sentOf('join')
      .filter((frame) => frame.topic === topic)
      .at(-1)
    const since = (join?.since as number | undefined) ?? length
    this.say({ type: 'joined', topic, ref: join?.ref, head: length, people: [] })
    for (let position = since + 1; position <= length; position++) this.entry(topic, position)
    this.say({ type: 'up_to_date', topic, head: length })
  }
  entry(topic: string, position: number): void {
    this.say({ type: 'entry', topic, position, entry: `e${position}` })
  }
}

const flush = () => new Promise((resolve) => setTimeout(resolve))

describe('the feed client', () => {
  let world: World
  let client: FeedClient
  let states: FeedState[]
  let got: number[]
  let reloads: number[]

  beforeEach(() => {
    world = new World()
    client = new FeedClient(world)
    states = []
    got = []
    reloads = []
    client.onState((state) => states.push(state))
  })

  function join(since: number | undefined = 0, reached?: () => number) {
    return client.log<string>('case/42', since, {
      entries: (entries) => got.push(...entries.map((entry) => entry.position)),
      reload: async (head) => {
        reloads.push(head)
        return reached ? reached() : head
      },
    })
  }

  it('is live only when every topic is proven to be complete', () => {
    const topic = join(0)
    client.start()
    expect(client.state).toBe('connecting')
    world.socket.welcome()
    expect(client.state).toBe('catching up')
    world.socket.say({ type: 'joined', topic: 'case/42', ref: world.socket.sent[0]?.ref, head: 2, people: [] })
    world.socket.entry('case/42', 1)
    expect(topic.complete).toBe(false)
    world.socket.entry('case/42', 2)
    world.socket.say({ type: 'up_to_date', topic: 'case/42', head: 2 })
    expect(topic.complete).toBe(true)
    expect(client.state).toBe('live')
    expect(got).toEqual([1, 2])
  })

  it('continues after a cut where it was, each entry once and in order', () => {
    join(0)
    client.start()
    world.socket.welcome()
    world.socket.replay('case/42', 3)
    world.socket.entry('case/42', 4)
    world.socket.cut()
    expect(client.state).toBe('connecting')
    world.pass(2)
    world.socket.welcome()
    expect(world.socket.sentOf('join')[0]).toMatchObject({ topic: 'case/42', since: 4 })
    world.socket.replay('case/42', 7)
    world.socket.entry('case/42', 7)
    expect(got).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(client.state).toBe('live')
  })

  it('never skips a hole: it joins again from its last position', () => {
    join(0)
    client.start()
    world.socket.welcome()
    world.socket.replay('case/42', 2)
    world.socket.entry('case/42', 4)
    expect(got).toEqual([1, 2])
    expect(client.state).toBe('catching up')
    world.socket.entry('case/42', 5)
    expect(got).toEqual([1, 2])
    world.socket.say({ type: 'left', topic: 'case/42', reason: 'asked' })
    expect(world.socket.sentOf('join').at(-1)).toMatchObject({ since: 2 })
    world.socket.replay('case/42', 5)
    expect(got).toEqual([1, 2, 3, 4, 5])
    expect(client.state).toBe('live')
  })

  it('reloads on resync and tells what came meanwhile afterwards, without what the reload brought', async () => {
    join(0, () => 11)
    client.start()
    world.socket.welcome()
    world.socket.replay('case/42', 2)
    world.socket.say({ type: 'resync', topic: 'case/42', reason: 'slow', head: 10 })
    world.socket.entry('case/42', 11)
    world.socket.entry('case/42', 12)
    world.socket.say({ type: 'up_to_date', topic: 'case/42', head: 12 })
    expect(client.state).toBe('catching up')
    await flush()
    expect(reloads).toEqual([10])
    expect(got).toEqual([1, 2, 12])
    expect(client.state).toBe('live')
  })

  it('tries a failed reload again and is not up to date before it has worked', async () => {
    let broken = true
    join(0, () => {
      if (broken) throw new Error('offline')
      return 10
    })
    client.start()
    world.socket.welcome()
    world.socket.replay('case/42', 2)
    world.socket.say({ type: 'resync', topic: 'case/42', reason: 'doubt', head: 10 })
    world.socket.say({ type: 'up_to_date', topic: 'case/42', head: 10 })
    await flush()
    expect(client.state).toBe('catching up')
    broken = false
    world.pass(5)
    await flush()
    expect(reloads).toEqual([10, 10])
    expect(client.state).toBe('live')
  })

  it('survives any schedule of cuts, duplicates and late frames', async () => {
    let seed = 7
    const dice = (sides: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648
      return seed % sides
    }
    join(0)
    client.start()
    world.socket.welcome()
    let length = 0
    world.socket.replay('case/42', length)
    for (let step = 0; step < 2000; step++) {
      const move = dice(10)
      if (move < 6) {
        length++
        if (client.state === 'live') world.socket.entry('case/42', length)
      } else if (move === 6) world.socket.entry('case/42', Math.max(1, length - dice(3)))
      else if (move === 7) world.socket.say({ type: 'pong' })
      else {
        world.socket.cut([1006, 4000, 4100][dice(3)])
        if (dice(2)) length++
        world.pass(40)
        world.socket.welcome()
      }
      if (client.state === 'catching up') {
        const place = world.socket.sentOf('leave').length
        if (place && world.socket.sentOf('join').length === place)
          world.socket.say({ type: 'left', topic: 'case/42', reason: 'asked' })
        world.socket.replay('case/42', length)
      }
    }
    expect(client.state).toBe('live')
    expect(got).toEqual(Array.from({ length }, (_, index) => index + 1))
  })

  it('loads a state at its resync and applies what came meanwhile after it', async () => {
    const seen: string[] = []
    client.rows('queue/1', {
      reload: async (reason) => void seen.push(`load ${reason}`),
      change: (frame) => void seen.push(`${frame.type} ${frame.version}`),
    })
    client.start()
    world.socket.welcome()
    world.socket.say({ type: 'joined', topic: 'queue/1', ref: world.socket.sent[0]?.ref, head: 0, people: [] })
    world.socket.say({ type: 'resync', topic: 'queue/1', reason: 'joined', head: 0 })
    world.socket.say({ type: 'row', topic: 'queue/1', key: '5', version: 9, row: {} })
    expect(client.state).toBe('catching up')
    await flush()
    expect(seen).toEqual(['load joined', 'row 9'])
    expect(client.state).toBe('live')
  })

  it('waits for `left` before it joins a topic again', () => {
    const first = join(0)
    client.start()
    world.socket.welcome()
    first.leave()
    join(0)
    expect(world.socket.sentOf('join')).toHaveLength(1)
    world.socket.say({ type: 'left', topic: 'case/42', reason: 'asked' })
    expect(world.socket.sentOf('join')).toHaveLength(2)
  })

  it('comes back with growing, scattered waits, and says offline after a while', () => {
    client.start()
    const attempts: number[] = []
    for (let attempt = 0; attempt < 8; attempt++) {
      const before = world.sockets.length
      world.socket.cut()
      while (world.sockets.length === before) world.pass(0.25)
      attempts.push(world.time)
    }
    const waits = attempts.map((at, index) => at - (attempts[index - 1] ?? 0))
    expect(waits[0]).toBeLessThan(1.5)
    expect(Math.max(...waits)).toBeLessThanOrEqual(30)
    expect(waits.at(-1)).toBeGreaterThan(waits[0] ?? 0)
    expect(states).toContain('offline')
  })

  it('is offline at once when the network goes, and back at once when it returns', () => {
    join(0)
    client.start()
    world.socket.welcome()
    world.socket.replay('case/42', 1)
    const first = world.socket
    client.networkLost()
    expect(client.state).toBe('offline')
    expect(first.closed).toBe(true)
    client.networkBack()
    expect(world.sockets).toHaveLength(2)
    world.socket.welcome()
    world.socket.replay('case/42', 3)
    expect(client.state).toBe('live')
    expect(got).toEqual([1, 2, 3])
  })

  it('keeps trying while the browser wrongly says that there is no network', () => {
    client.start()
    world.socket.welcome()
    client.networkLost()
    world.pass(10)
    expect(client.state).toBe('offline')
    world.socket.welcome()
    expect(client.state).toBe('live')
  })

  it('gives up a line that is silent although it looks open', () => {
    client.start()
    world.socket.welcome()
    world.pass(26)
    expect(world.socket.sentOf('ping')).toHaveLength(1)
    world.socket.say({ type: 'pong' })
    world.pass(40)
    expect(world.sockets).toHaveLength(1)
    world.pass(80)
    expect(world.sockets.length).toBeGreaterThan(1)
  })

  it('is live no longer once a question stays without an answer, however often it is asked', () => {
    client.start()
    world.socket.welcome()
    for (const seconds of [2, 2, 2]) {
      client.ask()
      world.pass(seconds)
    }
    world.socket.say({ type: 'pong' })
    world.pass(31) // a heartbeat asks by itself
    world.socket.cut()
    world.pass(1)
    world.socket.welcome()
    expect(states).toEqual(['live', 'silent', 'live', 'silent', 'connecting', 'live'])
  })

  it('stays away when the server says so', () => {
    const codes: number[] = []
    client = new FeedClient(world, (code) => codes.push(code))
    client.start()
    world.socket.welcome()
    world.socket.cut(4200)
    world.pass(600)
    expect(codes).toEqual([4200])
    expect(world.sockets).toHaveLength(1)
    expect(client.state).toBe('offline')
  })

  it('tells who types until they stop or fall silent, but not about ourselves', () => {
    const lines: string[][] = []
    client.log('case/42', 0, {
      entries: () => {},
      reload: async (head) => head,
      typing: (people) => lines.push(people.map((person) => person.name)),
    })
    client.start()
    world.socket.welcome()
    world.socket.replay('case/42', 0)
    world.socket.say({ type: 'typing', topic: 'case/42', member: 'user/1', name: 'Maria Keller', on: true })
    world.socket.say({ type: 'typing', topic: 'case/42', member: 'user/9', name: 'Aino Virtanen', on: true })
    world.pass(7)
    expect(lines).toEqual([['Aino Virtanen'], []])
  })

  it('repeats its own typing while it lasts', () => {
    const topic = join(0)
    client.start()
    world.socket.welcome()
    world.socket.replay('case/42', 0)
    topic.typing(true)
    world.pass(7)
    topic.typing(false)
    world.pass(20)
    const said = world.socket.sentOf('typing').map((frame) => frame.on)
    expect(said).toEqual([true, true, true, false])
  })

  it('ends a topic whose right was withdrawn and stays live with the rest', () => {
    const ended: string[] = []
    client.log('case/42', 0, { entries: () => {}, reload: async (head) => head, ended: (code) => ended.push(code) })
    client.start()
    world.socket.welcome()
    world.socket.replay('case/42', 0)
    world.socket.say({ type: 'left', topic: 'case/42', reason: 'rights' })
    world.socket.entry('case/42', 1)
    expect(ended).toEqual(['rights'])
    expect(got).toEqual([])
    expect(client.state).toBe('live')
  })
})

describe('close codes', () => {
  it.each([
    [4000, 'now'],
    [4100, 'later'],
    [1006, 'later'],
    [1012, 'later'],
    [4200, 'never'],
    [1008, 'never'],
  ])('%i: %s', (code, advice) => expect(comesBack(code)).toBe(advice))
})
