// The widget's frame: the button that opens the chat, and the chat itself.
import { useState } from 'preact/hooks'

export function Widget() {
  const [open, setOpen] = useState(false)
  return (
    <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
      Chat
    </button>
  )
}
