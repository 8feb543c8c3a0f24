import { describe, expect, it } from 'vitest'
import { inserted, insertion, unknownNames } from './placeholders'

describe('placeholders', () => {
  it('are put in place of the selection', () => {
    expect(inserted('Hello you!', 6, 9, insertion('contact.name'))).toEqual({
      text: 'Hello {{contact.name}}!',
      cursor: 22,
    })
  })
  it('that may be empty come as a section', () => {
    expect(insertion('answer.due')).toBe('{{#answer.due}} {{answer.due}} {{/answer.due}}')
  })
  it('that nobody knows are named once', () => {
    expect(unknownNames('{{ case.number }} {{#answer.due}}x{{/answer.due}} {{case.nmber}} {{case.nmber}}')).toEqual([
      'case.nmber',
    ])
  })
})
