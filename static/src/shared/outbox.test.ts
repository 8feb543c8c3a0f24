import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { followOutbox, unsent, useOutbox } from './outbox'
import type { Entry } from './types'

const entry = { position: 4, kind: 'message', client_id: 'c' } as Entry
let answers: (() => Response | Promise<Response>)[] = []
let posted: { body: Record<string, unknown>; key: string | null }[] = []
const json = (status: number, body: unknown) => () => new Response(JSON.stringify(body), { status })
const down = () => Promise.reject(new TypeError('network'))

function open(name = '1.42') {
  const sent: Entry[] = []
  const scope = effectScope()
  const outbox = scope.run(() =>
    useOutbox(
      name,
      (kind) => `/${kind}`,
      (one) => sent.push(one),
    ),
  )
  if (!outbox) throw new Error('no outbox')
  return { outbox, sent, close: () => scope.stop() }
}
/** A new page of the same person: it knows what is stored, and nothing else. */
function reload(user = 1): void {
  followOutbox(null)
  followOutbox(user)
}
const settle = () => vi.advanceTimersByTimeAsync(0)
const message = { kind: 'reply' as const, text: 'Hello', files: [], seen: 3 }

beforeEach(() => {
  vi.useFakeTimers()
  localStorage.clear()
  answers = []
  posted = []
  reload()
  vi.stubGlobal('fetch', async (_path: string, init: RequestInit) => {
    posted.push({ body: JSON.parse(String(init.body)), key: new Headers(init.headers).get('Idempotency-Key') })
    return (answers.shift() ?? json(201, entry))()
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('the outbox', () => {
  it('sends and hands over the entry', async () => {
    const { outbox, sent } = open()
    outbox.add(message)
    expect(outbox.list.value[0]?.state).toBe('sending')
    await settle()
    expect(outbox.list.value).toHaveLength(0)
    expect(sent).toEqual([entry])
    expect(localStorage.length).toBe(0)
  })

  it('keeps trying the same message with the same key while the network is down', async () => {
    answers = [down, down]
    const { outbox } = open()
    outbox.add(message)
    await settle()
    expect(outbox.list.value[0]?.state).toBe('waiting')
    await vi.advanceTimersByTimeAsync(10_000)
    expect(outbox.list.value).toHaveLength(0)
    expect(posted).toHaveLength(3)
    expect(new Set(posted.map((one) => one.key)).size).toBe(1)
    expect(new Set(posted.map((one) => one.body.client_id)).size).toBe(1)
  })

  it('survives a reload: the next page sends what the last one could not', async () => {
    answers = [down]
    const first = open()
    first.outbox.add(message)
    await settle()
    first.close()
    reload()
    const second = open()
    await settle()
    expect(second.sent).toEqual([entry])
    expect(posted[1]?.body.client_id).toBe(posted[0]?.body.client_id)
  })

  it('asks when newer messages arrived, and sends anyway with what was seen by then', async () => {
    answers = [json(409, { code: 'stale_reply', data: { entries: [{ position: 4 }] } })]
    const { outbox } = open()
    outbox.add(message)
    await settle()
    expect(outbox.list.value[0]?.state).toBe('stale')
    expect(outbox.list.value[0]?.newer).toHaveLength(1)
    outbox.sendAnyway(outbox.list.value[0]?.client_id ?? '', 4)
    await settle()
    expect(outbox.list.value).toHaveLength(0)
    expect(posted[1]?.body.seen).toBe(4)
    expect(posted[1]?.key).not.toBe(posted[0]?.key)
  })

  it('counts as seen what stood beside "send anyway", also when the feed is behind', async () => {
    answers = [json(409, { code: 'stale_reply', data: { entries: [{ position: 4 }, { position: 6 }] } })]
    const { outbox } = open()
    outbox.add(message)
    await settle()
    outbox.sendAnyway(outbox.list.value[0]?.client_id ?? '', 3)
    await settle()
    expect(posted[1]?.body.seen).toBe(6)
  })

  it('says why a message was refused and keeps it', async () => {
    answers = [json(422, { code: 'invalid', detail: 'Write something.' })]
    const { outbox } = open()
    outbox.add(message)
    await settle()
    expect(outbox.list.value[0]).toMatchObject({ state: 'failed', problem: 'Write something.' })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(posted).toHaveLength(1)
    reload()
    expect(open().outbox.list.value).toHaveLength(1)
  })

  it('forgets a message whose entry has arrived over the feed', async () => {
    answers = [down]
    const { outbox } = open()
    outbox.add(message)
    await settle()
    outbox.arrived(outbox.list.value[0]?.client_id ?? null)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(posted).toHaveLength(1)
    expect(localStorage.length).toBe(0)
  })

  it('sends what was left of a case that nobody opens again, but nothing of another person', async () => {
    answers = [down]
    const first = open()
    first.outbox.add(message)
    await settle()
    first.close()
    reload(2)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(posted).toHaveLength(1)
    reload(1)
    await settle()
    expect(posted).toHaveLength(2)
    expect(unsent.value).toBe(0)
  })

  it('loses nothing to another tab: each message is kept by itself', async () => {
    answers = [down, down]
    const { outbox } = open()
    outbox.add(message)
    await settle()
    const other = { ...JSON.parse(JSON.stringify(outbox.list.value[0])), client_id: 'of-the-other-tab' }
    localStorage.setItem('casefeed.outbox.1.42/of-the-other-tab', JSON.stringify(other))
    outbox.add({ ...message, text: 'Second' })
    await settle()
    reload()
    expect(unsent.value).toBe(3)
  })

  it('takes over what another tab wrote, and drops what that tab has sent', async () => {
    const { outbox } = open()
    const key = 'casefeed.outbox.1.42/theirs'
    const theirs = { ...message, box: '1.42', path: '/reply', client_id: 'theirs', written_at: '', state: 'sending' }
    const tell = (newValue: string | null) => dispatchEvent(Object.assign(new Event('storage'), { key, newValue }))
    tell(JSON.stringify(theirs))
    expect(outbox.list.value).toMatchObject([{ client_id: 'theirs', state: 'waiting' }])
    tell(null)
    expect(outbox.list.value).toHaveLength(0)
    tell(JSON.stringify(theirs))
    await vi.advanceTimersByTimeAsync(5000)
    expect(posted.map((one) => one.body.client_id)).toEqual(['theirs'])
  })

  it('names the colleagues of a note, and of a note only', async () => {
    const { outbox } = open()
    outbox.add({ ...message, kind: 'note', mentions: [7] })
    outbox.add({ ...message, mentions: [7] })
    await settle()
    expect(posted.map((one) => one.body.mentions)).toEqual([[7], undefined])
  })
})
