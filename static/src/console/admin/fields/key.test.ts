import { describe, expect, it } from 'vitest'
import { keyFrom } from './key'

describe('keyFrom', () => {
  it('makes a plain name out of words of the three languages', () => {
    expect(keyFrom('Order number')).toBe('order_number')
    expect(keyFrom('Tilausnumero (läht.)')).toBe('tilausnumero_laht')
    expect(keyFrom('Номер заказа')).toBe('nomer_zakaza')
  })
  it('never starts with a digit or is longer than the column', () => {
    expect(keyFrom('2nd try')).toBe('nd_try')
    expect(keyFrom('x'.repeat(60))).toHaveLength(40)
  })
})
