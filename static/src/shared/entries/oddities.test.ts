import { beforeAll, describe, expect, it } from 'vitest'
import { i18n } from '../i18n'
import en from '../locales/en.json'
import ru from '../locales/ru.json'
import { oddityInWords } from './oddities'

describe('an oddity of a mail', () => {
  beforeAll(() => {
    i18n.global.mergeLocaleMessage('en', en)
    i18n.global.mergeLocaleMessage('ru', ru)
  })

  it('is said in the language of the reader', () => {
    i18n.global.locale.value = 'ru'
    expect(oddityInWords('charset_other: us-ascii → cp1250')).toBe('Кодировка не та, что указана: us-ascii → cp1250')
    i18n.global.locale.value = 'en'
    expect(oddityInWords('text_cut')).toBe('The text was cut; the original mail is whole')
  })

  it('that an older version stored stays as it is', () => {
    expect(oddityInWords('charset: broken utf-8')).toBe('charset: broken utf-8')
    expect(oddityInWords('multipart without parts')).toBe('multipart without parts')
  })
})
