import { describe, expect, it, vi } from 'vitest'
import { effectScope } from 'vue'
import { type Keys, keyName, useKeys } from './keys'

function bound(keys: Keys) {
  const scope = effectScope()
  scope.run(() => useKeys(keys))
  return scope
}
const press = (
  key: string,
  code = `Key${key.toUpperCase()}`,
  more: KeyboardEventInit = {},
  target: EventTarget = document.body,
) => target.dispatchEvent(new KeyboardEvent('keydown', { key, code, bubbles: true, cancelable: true, ...more }))

describe('shortcuts', () => {
  it('are named by the place of the key, not by the alphabet of the keyboard', () => {
    const event = { key: 'о', code: 'KeyJ', shiftKey: false, ctrlKey: false, metaKey: false }
    expect(keyName(event)).toBe('j')
    expect(keyName({ ...event, ctrlKey: true })).toBe('mod+j')
    expect(keyName({ key: ',', code: 'Slash', shiftKey: true, ctrlKey: false, metaKey: false })).toBe('?')
  })
  it('know sequences, the youngest component first, and end with it', () => {
    const outer = vi.fn()
    const inner = vi.fn()
    const queue = vi.fn()
    const first = bound({ j: outer, 'g q': queue })
    const second = bound({ j: inner })
    press('j')
    press('g')
    press('q')
    second.stop()
    press('j')
    first.stop()
    press('j')
    expect([inner.mock.calls.length, outer.mock.calls.length, queue.mock.calls.length]).toEqual([1, 1, 1])
  })
  it('work again after Escape has left a text field, which keeps what was written', () => {
    const letter = vi.fn()
    const leave = vi.fn()
    const scope = bound({ j: letter, escape: leave })
    const field = document.body.appendChild(document.createElement('textarea'))
    field.value = 'half a sentence'
    field.focus()
    press('Escape', 'Escape', {}, field)
    expect(document.activeElement).toBe(document.body)
    expect(leave).not.toHaveBeenCalled()
    press('j')
    press('Escape', 'Escape')
    expect([letter.mock.calls.length, leave.mock.calls.length, field.value]).toEqual([1, 1, 'half a sentence'])
    field.remove()
    scope.stop()
  })
  it('leave text fields and dialogs alone, except with a modifier', () => {
    const letter = vi.fn()
    const palette = vi.fn()
    const scope = bound({ j: letter, 'mod+k': palette })
    const field = document.body.appendChild(document.createElement('textarea'))
    press('j', 'KeyJ', {}, field)
    press('k', 'KeyK', { ctrlKey: true }, field)
    scope.stop()
    field.remove()
    expect([letter.mock.calls.length, palette.mock.calls.length]).toEqual([0, 1])
  })
})
