import { describe, expect, it } from 'vitest'
import { deviceOf } from './devices'

describe('deviceOf', () => {
  it('is not fooled by browsers that also name others', () => {
    const edge =
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0'
    expect(deviceOf(edge)).toMatchObject({ browser: 'Edge', system: 'Windows' })
    const phone =
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile/15E148 Safari/604.1'
    expect(deviceOf(phone)).toEqual({ browser: 'Safari', system: 'iPhone', icon: 'i-lucide-smartphone' })
    const android = 'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36'
    expect(deviceOf(android)).toMatchObject({ browser: 'Chrome', system: 'Android' })
  })
  it('admits what it does not know', () => {
    expect(deviceOf('')).toBeNull()
    expect(deviceOf('something else')).toBeNull()
  })
})
