import { describe, expect, it } from 'vitest'
import { fitting, mentionedIn, named, namingAt } from './mentions'

const PEOPLE = [
  { id: 1, name: 'Maria Keller' },
  { id: 2, name: 'Tomas Ek' },
  { id: 3, name: 'Tomas Ekström' },
  { id: 4, name: 'Öyvind Maria-Holm' },
]

describe('what is being named', () => {
  it.each([
    ['@ma', 3, 'ma'],
    ['Ask @Maria Ke', 13, 'Maria Ke'],
    ['(@t', 3, 't'],
    ['@', 1, ''],
    ['mail to a@ma', 12, null],
    ['@ma and\nmore', 12, null],
    ['@ ma', 4, null],
    ['no name', 7, null],
    ['@Maria Keller  more', 19, null],
  ])('%j at %i', (text, caret, words) => expect(namingAt(text, caret)?.words ?? null).toBe(words))

  it('is put in whole, and the caret stands behind it', () => {
    const text = 'Ask @ma about it'
    const naming = namingAt(text, 7)
    expect(naming && named(text, naming, 7, { id: 1, name: 'Maria Keller' })).toEqual({
      text: 'Ask @Maria Keller about it',
      caret: 18,
    })
  })
})

describe('who fits', () => {
  it('by the beginning of the name, then of any of its words, without accents', () => {
    expect(fitting(PEOPLE, 'ma').map((one) => one.id)).toEqual([1, 4])
    expect(fitting(PEOPLE, 'oy').map((one) => one.id)).toEqual([4])
    expect(fitting(PEOPLE, 'tomas ek').map((one) => one.id)).toEqual([2, 3])
    expect(fitting(PEOPLE, 'zz')).toEqual([])
  })
})

describe('who is named in the end', () => {
  it.each([
    ['@Maria Keller, please', [1]],
    ['@Tomas Ekström knows', [3]],
    ['@Tomas Ek knows', [2]],
    ['@Tomas Ek and @Tomas Ekström', [2, 3]],
    ['Maria Keller', []],
    ['@Maria Kellerman', []],
  ])('%s', (text, ids) => expect(mentionedIn(text, PEOPLE)).toEqual(ids))
})
