import { describe, expect, it } from 'vitest'
import { type DemoMail, replyTo } from './mails'

const mail: DemoMail = {
  uid: 1,
  message_id: '<b@desk.example>',
  subject: 'The oven timer [#1042]',
  from_address: 'support@desk.example',
  from_name: 'Harbour Support',
  at: '2026-11-22T10:00:00Z',
  text: 'Hello Aino,\n> earlier\n',
  reply_to: 'support+c42@desk.example',
  in_reply_to: '',
  references: ['<a@desk.example>'],
  automatic: false,
  raw: '',
}

describe('replyTo', () => {
  it('goes to the reply address, in the thread, with the text quoted', () => {
    const letter = replyTo(mail, 'aino@northwind.example')
    expect(letter.to).toBe('support+c42@desk.example')
    expect(letter.references).toEqual(['<a@desk.example>', '<b@desk.example>'])
    expect(letter.in_reply_to).toBe('<b@desk.example>')
    expect(letter.text).toContain('> Hello Aino,\n>> earlier')
  })
  it('puts Re: before a subject once', () => {
    expect(replyTo(mail, '').subject).toBe('Re: The oven timer [#1042]')
    expect(replyTo({ ...mail, subject: 'VS: Timer' }, '').subject).toBe('VS: Timer')
  })
})
