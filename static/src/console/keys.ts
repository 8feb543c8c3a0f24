// Keyboard shortcuts: single keys and sequences such as "g q", the same place on every keyboard layout.
import { onScopeDispose } from 'vue'

export type Keys = Record<string, (event: KeyboardEvent) => void>

const CHAIN = 900 // milliseconds between the keys of a sequence

interface Layer {
  keys: Keys
}

const layers: Layer[] = []
let chain = ''
let chainedAt = 0

/** The key as its Latin letter, whatever alphabet the keyboard is set to; "?" and the like as they are. */
export function keyName(event: Pick<KeyboardEvent, 'key' | 'code' | 'shiftKey' | 'ctrlKey' | 'metaKey'>): string {
  const letter = /^Key([A-Z])$/.exec(event.code)?.[1]
  let name = letter ? letter.toLowerCase() : event.key.length === 1 ? event.key : event.key.toLowerCase()
  if (!letter && event.shiftKey && event.code === 'Slash') name = '?'
  else if (letter && event.shiftKey) name = `shift+${name}`
  return event.ctrlKey || event.metaKey ? `mod+${name}` : name
}

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}

/** Dialogs, menus and lists that are open have the keyboard to themselves. */
function occupied(target: EventTarget | null): boolean {
  if (target instanceof HTMLElement && target.closest('[role="menu"],[role="listbox"],[role="dialog"]')) return true
  return document.querySelector('[role="dialog"][data-state="open"]') !== null
}

function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey || event.isComposing || /^(Shift|Control|Meta|Alt)$/.test(event.key))
    return
  const name = keyName(event)
  if (name === 'escape' && event.target instanceof HTMLElement && typing(event.target) && !occupied(event.target)) {
    // The first Escape leaves the field, and single keys work again; what was written stays.
    event.target.blur()
    return
  }
  const modified = name.startsWith('mod+')
  if (!modified && (typing(event.target) || occupied(event.target))) return
  const chained = performance.now() - chainedAt < CHAIN ? `${chain} ${name}` : ''
  for (const wanted of [chained, name]) {
    const layer = wanted && [...layers].reverse().find((one) => wanted in one.keys)
    if (!layer) continue
    event.preventDefault()
    chain = ''
    layer.keys[wanted]?.(event)
    return
  }
  const begins = layers.some((one) => Object.keys(one.keys).some((key) => key.startsWith(`${name} `)))
  chain = begins ? name : ''
  chainedAt = performance.now()
}

/** Binds keys while the current component lives; the youngest component wins. */
export function useKeys(keys: Keys): void {
  const layer = { keys }
  if (layers.push(layer) === 1) document.addEventListener('keydown', pressed)
  onScopeDispose(() => {
    layers.splice(layers.indexOf(layer), 1)
    if (layers.length === 0) document.removeEventListener('keydown', pressed)
  })
}
