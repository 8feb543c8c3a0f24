import { describe, expect, it } from 'vitest'
import type { Entry } from '../types'
import { deliveries, isMessage } from './describe'

let position = 10
const told = (data: Record<string, unknown>) => ({ kind: 'mail_state', position: position++, data }) as unknown as Entry
const reply = (state: string, recipients: string[], more: Record<string, unknown> = {}) =>
  told({ position: 4, mail: 'reply', state, recipients, ...more })
const stateOf = (...entries: Entry[]) => deliveries(entries).get(4)

describe('what became of a mail', () => {
  it('is the latest that is known of it', () => {
    expect(stateOf(reply('accepted', ['a@x']))?.state).toBe('accepted')
    expect(stateOf(reply('deferred', ['a@x']), reply('accepted', ['a@x']))?.state).toBe('accepted')
    expect(stateOf(reply('accepted', ['a@x']), reply('delivered', ['a@x']))?.state).toBe('delivered')
  })

  it('is never delivered again once it came back', () => {
    expect(stateOf(reply('accepted', ['a@x']), reply('bounced', ['A@x']), reply('delivered', ['a@x']))).toMatchObject({
      state: 'bounced',
      recipients: ['a@x'],
    })
  })

  it('is what happened to the recipient who fared worst', () => {
    const copies = reply('accepted', ['a@x', 'b@x'])
    expect(stateOf(copies, reply('delivered', ['a@x']))?.state).toBe('accepted')
    expect(
      stateOf(copies, reply('delivered', ['a@x']), reply('bounced', ['b@x'], { response: 'No such user' })),
    ).toEqual({
      state: 'bounced',
      recipients: ['b@x'],
      response: 'No such user',
    })
  })

  it('says of one who was refused at once that they did not get it', () => {
    const partly = reply('accepted', ['a@x'], { refused: [{ recipient: 'b@x', text: '550 no' }] })
    expect(stateOf(partly)).toEqual({ state: 'failed', recipients: ['b@x'], response: '550 no' })
  })

  it('knows no notices and no complaints', () => {
    expect(stateOf(told({ position: 4, mail: 'notice', state: 'bounced', recipients: ['a@x'] }))).toBeUndefined()
    expect(stateOf(reply('accepted', ['a@x']), reply('complaint', ['a@x']))?.state).toBe('accepted')
  })
})

describe('what opened a case', () => {
  const opened = (author: string, more: Record<string, unknown> = {}) =>
    ({
      kind: 'opened',
      author: { kind: author },
      text: '',
      html: null,
      files: [],
      data: {},
      ...more,
    }) as unknown as Entry

  it('is a message of whoever sent it, be it encrypted, a picture, or nothing at all', () => {
    expect(isMessage(opened('contact', { data: { security: ['pgp_encrypted'] } }))).toBe(true)
    expect(isMessage(opened('contact', { files: [{ id: 1 }] }))).toBe(true)
    expect(isMessage(opened('contact'))).toBe(true)
  })

  it('is a message of staff where it says or holds something, else an event', () => {
    expect(isMessage(opened('staff', { text: 'The customer called.' }))).toBe(true)
    expect(isMessage(opened('staff', { files: [{ id: 1 }] }))).toBe(true)
    expect(isMessage(opened('staff'))).toBe(false)
    expect(isMessage(opened('system'))).toBe(false)
  })
})
