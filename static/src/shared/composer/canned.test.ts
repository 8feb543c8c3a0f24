import { describe, expect, it } from 'vitest'
import { askingAt, type CannedReply, fittingReplies, withReply } from './canned'

const reply = (id: number, name: string, shortcut = '', text = ''): CannedReply => ({
  id,
  name,
  shortcut,
  text,
  shared: true,
  language: 'en',
  files: [],
})
const names = (found: CannedReply[]) => found.map((one) => one.name)

describe('the / of a text', () => {
  it('asks at the beginning and after white space, but not within a date or an address', () => {
    expect(askingAt('/', 1)).toEqual({ from: 0, words: '' })
    expect(askingAt('Hello\n/thanks', 13)).toEqual({ from: 6, words: 'thanks' })
    expect(askingAt('open 24/7', 9)).toBeNull()
    expect(askingAt('https://desk', 12)).toBeNull()
    expect(askingAt('/ not a question', 16)).toBeNull()
    expect(askingAt('/one\nline', 9)).toBeNull()
    expect(askingAt('no question', 4)).toBeNull()
  })

  it('finds by shortcut first, then by name, then by what is said, marks and capitals aside', () => {
    const replies = [
      reply(1, 'Thanks for waiting'),
      reply(2, 'Kiitos', 'th'),
      reply(3, 'Späte Antwort', '', 'thorough'),
    ]
    expect(names(fittingReplies(replies, 'th'))).toEqual(['Kiitos', 'Thanks for waiting', 'Späte Antwort'])
    expect(names(fittingReplies(replies, 'SPATE'))).toEqual(['Späte Antwort'])
    expect(names(fittingReplies(replies, ''))).toEqual(['Kiitos', 'Späte Antwort', 'Thanks for waiting'])
    expect(fittingReplies(replies, 'nothing')).toEqual([])
  })

  it('puts the reply in place of the question and the caret behind it', () => {
    const text = 'Hello\n/th and more'
    expect(withReply(text, { from: 6, words: 'th' }, 9, 'Thanks.')).toEqual({
      text: 'Hello\nThanks. and more',
      caret: 13,
    })
  })
})
