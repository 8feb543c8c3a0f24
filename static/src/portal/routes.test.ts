import { describe, expect, it } from 'vitest'
import { safeReturn } from './routes'

describe('safeReturn', () => {
  it('leads back to pages of the portal only', () => {
    expect(safeReturn('/cases/42?x=1')).toBe('/cases/42?x=1')
    for (const outside of [
      '//elsewhere.example',
      '/\\elsewhere.example',
      'https://elsewhere.example',
      '',
      undefined,
      ['/a'],
    ]) {
      expect(safeReturn(outside)).toBe('/cases')
    }
  })
})
