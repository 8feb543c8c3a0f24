import { describe, expect, it } from 'vitest'
import type { Mailbox } from '../types'
import { emptyMailbox, mailboxBodyOf, mailboxFormOf, portFor, suggestionsFor } from './form'

const stored = {
  ...emptyMailbox('fi'),
  id: 3,
  has_imap_password: true,
  intake_state: 'idle',
  name: 'Support',
} as unknown as Mailbox

describe('a mailbox as a form', () => {
  it('never shows a password and never sends an empty one', () => {
    const form = mailboxFormOf(stored)
    expect(form.imap_password).toBe('')
    expect(mailboxBodyOf(form)).not.toHaveProperty('imap_password')
    expect(mailboxBodyOf({ ...form, imap_password: 'secret' }).imap_password).toBe('secret')
  })
  it('leaves out what the server tells about the state', () => {
    expect(mailboxFormOf(stored)).not.toHaveProperty('intake_state')
    expect(mailboxBodyOf(mailboxFormOf(stored))).not.toHaveProperty('id')
  })
})

describe('portFor', () => {
  it('follows the security where the port was the usual one', () => {
    expect(portFor('imap', 993, 'tls', 'starttls')).toBe(143)
    expect(portFor('smtp', 587, 'starttls', 'tls')).toBe(465)
    expect(portFor('imap', 2143, 'tls', 'none')).toBe(2143)
  })
})

describe('suggestionsFor', () => {
  it('guesses hosts from a whole address only', () => {
    expect(suggestionsFor('support@desk.example')).toEqual({
      imap_host: 'imap.desk.example',
      smtp_host: 'smtp.desk.example',
      user: 'support@desk.example',
    })
    expect(suggestionsFor('support@')).toBeNull()
  })
})
