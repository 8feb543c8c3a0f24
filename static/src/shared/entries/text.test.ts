import { describe, expect, it } from 'vitest'
import { blocks, linked } from './text'

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
