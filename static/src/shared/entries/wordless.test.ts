import { describe, expect, it } from 'vitest'
import type { Entry } from '../types'
import { isSealed, isWordless } from './wordless'

const entry = (more: Partial<Entry>): Entry =>
  ({ position: 1, kind: 'opened', audience: 'public', text: '', html: null, data: {}, files: [], ...more }) as Entry
const file = (inline: boolean) => ({ id: 1, name: 'log.txt', size: 4, inline }) as Entry['files'][number]

describe('a message without words', () => {
  it('is one that says, shows and attaches nothing', () => {
    expect(isWordless(entry({}))).toBe(true)
    expect(isWordless(entry({ files: [file(true)] }))).toBe(true)
    expect(isWordless(entry({ text: 'Hello' }))).toBe(false)
    expect(isWordless(entry({ html: '<img>' }))).toBe(false)
    expect(isWordless(entry({ files: [file(false)] }))).toBe(false)
    expect(isWordless(entry({ data: { invitations: [{}] } }))).toBe(false)
  })

  it('is sealed where it is encrypted, not where it is signed', () => {
    expect(isSealed(entry({ data: { security: ['pgp_encrypted'] } }))).toBe(true)
    expect(isSealed(entry({ data: { security: ['smime_signed', 'smime_encrypted'] } }))).toBe(true)
    expect(isSealed(entry({ data: { security: ['smime_signed'] } }))).toBe(false)
    expect(isSealed(entry({}))).toBe(false)
  })
})
