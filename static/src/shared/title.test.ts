import { describe, expect, it } from 'vitest'
import { withBadge } from './title'

describe('the number in the title', () => {
  it.each([
    ['Support', 0, 'Support'],
    ['Support', 3, '(3) Support'],
    ['(3) Support', 4, '(4) Support'],
    ['(99+) Support', 0, 'Support'],
    ['Support', 120, '(99+) Support'],
    ['#1001 (2) ovens', 1, '(1) #1001 (2) ovens'],
  ])('%s with %i unread: %s', (title, count, shown) => expect(withBadge(title, count)).toBe(shown))
})
