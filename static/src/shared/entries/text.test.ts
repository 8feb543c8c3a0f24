import { describe, expect, it } from 'vitest'
import { blocks, linked, pieces } from './text'

describe('links in plain text', () => {
  it('end before the punctuation of the sentence', () => {
    expect(linked('See https://desk.example/a?b=1. Or (https://desk.example/c), or aino@northwind.example!')).toEqual([
      { text: 'See ' },
      { text: 'https://desk.example/a?b=1', href: 'https://desk.example/a?b=1' },
      { text: '. Or (' },
      { text: 'https://desk.example/c', href: 'https://desk.example/c' },
      { text: '), or ' },
      { text: 'aino@northwind.example', href: 'mailto:aino@northwind.example' },
      { text: '!' },
    ])
  })
  it('never run code', () => {
    expect(linked('javascript:alert(1)')).toEqual([{ text: 'javascript:alert(1)' }])
  })
  it('stay quick on hostile text', () => {
    const before = performance.now()
    linked(`${'a.'.repeat(20000)}@${'b-'.repeat(20000)}`)
    expect(performance.now() - before).toBeLessThan(1000)
  })
})

describe('quotes in plain text', () => {
  it('fold together with the line that announces them', () => {
    expect(blocks('It works now.\n\nOn Monday Maria Keller wrote:\n> Try again.\n> Thanks\n\nAino')).toEqual([
      { quoted: false, text: 'It works now.' },
      { quoted: true, text: 'On Monday Maria Keller wrote:\n> Try again.\n> Thanks' },
      { quoted: false, text: 'Aino' },
    ])
  })
  it('leave plain text as it is', () => {
    expect(blocks('One\n\nTwo  \n')).toEqual([{ quoted: false, text: 'One\n\nTwo' }])
  })
})

describe('named colleagues', () => {
  const maria = { id: 3, name: 'Maria Keller' }
  const short = { id: 4, name: 'Maria' }
  it('are pieces of their own, and links stay links', () => {
    expect(pieces('@Maria Keller, see https://desk.example/c and (@Maria).', [short, maria])).toEqual([
      { text: '@Maria Keller', named: 3 },
      { text: ', see ' },
      { text: 'https://desk.example/c', href: 'https://desk.example/c' },
      { text: ' and (' },
      { text: '@Maria', named: 4 },
      { text: ').' },
    ])
  })
  it('are not part of a longer name or of an address', () => {
    expect(pieces('@Marianne or info@Maria', [short])).toEqual([{ text: '@Marianne or info@Maria' }])
    expect(pieces('@Maria', [])).toEqual([{ text: '@Maria' }])
  })
  it('may hold any sign', () => {
    const odd = { id: 5, name: 'J. (Jo) [*]' }
    expect(pieces('Ask @J. (Jo) [*] now', [odd])).toEqual([
      { text: 'Ask ' },
      { text: '@J. (Jo) [*]', named: 5 },
      { text: ' now' },
    ])
    expect(pieces('Ask @Jx (Jo)', [odd])).toEqual([{ text: 'Ask @Jx (Jo)' }])
  })
})
