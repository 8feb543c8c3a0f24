import { describe, expect, it } from 'vitest'
import { FeedClient } from './client'
import { eventReader } from './events'
import { EventsSocket } from './eventsSocket'
import type { SocketLike } from './surroundings'
import { Chooser, type Transport } from './transport'

/** A socket that something between refuses at once. */
class Refused implements SocketLike {
  onopen = null
  onmessage = null
  onclose: ((event: { code: number }) => void) | null = null
  constructor() {
    queueMicrotask(() => this.onclose?.({ code: 1006 }))
  }
  send(): void {}
  close(): void {}
}

/** A desk that has one case and one person, and speaks only HTTP; its streams are cut where a test says so. */
class Desk {
  entries: string[] = []
  told: string[] = []
  asked: string[] = []
  streams: { topic: string; say: (text: string) => void; cut: () => void; sent: number }[] = []
  status = 200
  away = false

  ask = async (path: string, signal: AbortSignal): Promise<Response> => {
    this.asked.push(path)
    if (this.away) throw new TypeError('no line')
    if (path === '/api/me') return Response.json({ user: { id: 1, name: 'Maria Keller' } })
    const query = new URLSearchParams(path.split('?')[1])
    const topic = query.get('topic') ?? ''
    if (this.status !== 200) return new Response('{}', { status: this.status })
    let controller: ReadableStreamDefaultController<Uint8Array> | undefined
    const body = new ReadableStream<Uint8Array>({
      start: (own) => {
        controller = own
      },
    })
    const say = (text: string) => controller?.enqueue(new TextEncoder().encode(text))
    const stream = { topic, say, cut: () => controller?.error(new TypeError('cut')), sent: 0 }
    signal.addEventListener('abort', () => stream.cut())
    this.streams.push(stream)
    const log = topic === 'case/42' ? this.entries : this.told
    const since = Number(query.get('since') ?? log.length)
    say(`retry: 700\n\n${frame({ type: 'welcome' })}${frame({ type: 'joined', topic, head: log.length, people: [] })}`)
    for (let position = since + 1; position <= log.length; position++) say(entry(topic, position, log))
    say(frame({ type: 'up_to_date', topic, head: log.length }))
    return new Response(body)
  }

  write(text: string): void {
    this.entries.push(text)
    const live = this.streams.filter((one) => one.topic === 'case/42').at(-1)
    try {
      live?.say(entry('case/42', this.entries.length, this.entries))
    } catch {
      // Cut: whoever comes back asks for it.
    }
  }
}
const frame = (value: object) => `data: ${JSON.stringify(value)}\n\n`
const entry = (topic: string, position: number, log: string[]) =>
  `id: ${position}\n${frame({ type: 'entry', topic, position, entry: log[position - 1] })}`
const flush = async () => {
  for (let round = 0; round < 20; round++) await new Promise((resolve) => setTimeout(resolve))
}

class World {
  time = 0
  #timers: { at: number; action: () => void }[] = []
  after = (seconds: number, action: () => void) => {
    const timer = { at: this.time + seconds, action }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer)
    }
  }
  now = () => this.time
  async pass(seconds: number): Promise<void> {
    const end = this.time + seconds
    for (;;) {
      await flush()
      const next = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0]
      if (!next) break
      this.time = next.at
      this.#timers = this.#timers.filter((timer) => timer !== next)
      next.action()
    }
    this.time = end
    await flush()
  }
}

function page(desk: Desk, remembered: Transport | null = null) {
  const world = new World()
  const opened: Transport[] = []
  const found: Transport[] = []
  const ended: number[] = []
  const ways = new Chooser(
    {
      socket: () => {
        opened.push('socket')
        return new Refused()
      },
      events: () => {
        opened.push('events')
        return new EventsSocket({ ask: desk.ask, after: world.after, now: world.now })
      },
      now: world.now,
      onWay: (way) => found.push(way),
    },
    remembered,
  )
  const client = new FeedClient(
    { open: () => ways.open(), after: world.after, random: () => 0.5, now: world.now },
    (code) => ended.push(code),
  )
  const got: string[] = []
  const told: string[] = []
  const follow = (topic: string, into: string[]) =>
    client.log<string>(topic, 0, {
      entries: (entries) => into.push(...entries.map((one) => one.entry)),
      reload: async (head) => head,
    })
  return { world, opened, found, ended, client, got, told, follow }
}

describe('where WebSockets are refused', () => {
  it('reads the same feed by events, each entry once and in order, through cuts', async () => {
    const desk = new Desk()
    desk.entries = ['one', 'two']
    const { world, opened, found, client, got, follow } = page(desk)
    follow('case/42', got)
    client.start()
    await world.pass(10)
    expect(opened.slice(0, 3)).toEqual(['socket', 'socket', 'events'])
    expect(found).toEqual(['events'])
    expect(client.state).toBe('live')
    expect(client.member).toBe('user/1')
    desk.write('three')
    await flush()
    desk.streams.at(-1)?.cut()
    await flush()
    expect(client.state).not.toBe('live')
    desk.write('four')
    await world.pass(40)
    desk.write('five')
    await flush()
    expect(got).toEqual(['one', 'two', 'three', 'four', 'five'])
    expect(client.state).toBe('live')
    expect(desk.asked.filter((path) => path.includes('case')).at(-1)).toContain('since=3')
  })

  it('keeps no stream for what is only told, and asks again from where it stood', async () => {
    const desk = new Desk()
    desk.told = ['a']
    const { world, client, told, follow } = page(desk, 'events')
    follow('person/me', told)
    client.start()
    await world.pass(1)
    expect(client.state).toBe('live')
    desk.told.push('b', 'c')
    await world.pass(11)
    expect(told).toEqual(['a', 'b', 'c'])
    expect(desk.asked.filter((path) => path.includes('person')).map((path) => path.split('since=')[1])).toEqual([
      '0',
      '1',
    ])
    expect(client.state).toBe('live')
  })

  it('says no connection when HTTP does not get through either', async () => {
    const desk = new Desk()
    desk.away = true
    const { world, opened, client, got, follow } = page(desk)
    follow('case/42', got)
    client.start()
    await world.pass(30)
    expect(client.state).toBe('offline')
    expect(opened).toContain('events')
    expect(opened.filter((way) => way === 'socket').length).toBeGreaterThan(2)
  })

  it('stops when the session has ended', async () => {
    const desk = new Desk()
    desk.status = 401
    const { world, ended, client, got, follow } = page(desk, 'events')
    follow('case/42', got)
    client.start()
    await world.pass(1)
    expect(ended).toEqual([4200])
  })

  it('ends a topic that is not for us and stays live with the rest', async () => {
    const desk = new Desk()
    const codes: string[] = []
    const { world, client } = page(desk, 'events')
    desk.status = 404
    client.log('case/43', 0, { entries: () => {}, reload: async (head) => head, ended: (code) => codes.push(code) })
    client.start()
    await world.pass(1)
    expect(codes).toEqual(['not_found'])
    expect(client.state).toBe('live')
  })

  it('joins a topic again after leaving it', async () => {
    const desk = new Desk()
    desk.entries = ['one']
    const { world, client, got, follow } = page(desk, 'events')
    follow('case/42', [])
    client.start()
    await world.pass(1)
    follow('case/42', got)
    await world.pass(1)
    expect(got).toEqual(['one'])
    expect(client.state).toBe('live')
  })

  it('tries WebSockets again after a while', async () => {
    const desk = new Desk()
    const { world, opened, client, got, follow } = page(desk, 'events')
    follow('case/42', got)
    client.start()
    await world.pass(1)
    expect(opened).toEqual(['events'])
    world.time += 700
    desk.streams.at(-1)?.cut()
    await world.pass(20)
    expect(opened.slice(0, 4)).toEqual(['events', 'socket', 'socket', 'events'])
    expect(client.state).toBe('live')
  })
})

describe('events', () => {
  it('are whole wherever the bytes are cut', () => {
    const text = 'retry: 500\n\nid: 4\ndata: {"a":1}\n\n:\n\nevent: close\ndata: {"code":4001}\n\n'
    for (let cut = 0; cut <= text.length; cut++) {
      const read = eventReader()
      expect([...read(text.slice(0, cut)), ...read(text.slice(cut))]).toEqual([
        { name: 'message', data: '{"a":1}' },
        { name: 'close', data: '{"code":4001}' },
      ])
    }
  })
})
