// Where the keyboard starts in a dialog: at what is to be filled in, not at the button that closes it.

const FIELDS = ':is(input, textarea, select, button, [tabindex="0"]):not(:disabled)'

function start(event: Event): void {
  // On a phone a field that has the keyboard covers half of the dialog with it.
  if (!(event.target instanceof HTMLElement) || matchMedia('(pointer: coarse)').matches) return
  const field =
    event.target.querySelector<HTMLElement>('[data-first]') ??
    event.target.querySelector<HTMLElement>(`[data-slot="body"] ${FIELDS}`)
  if (!field) return
  event.preventDefault()
  field.focus()
}

/** For `content` of a dialog: the keyboard starts at what bears `data-first`, else at its first field. */
export const startsAtField = { onOpenAutoFocus: start }
