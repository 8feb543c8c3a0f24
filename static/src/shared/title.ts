// The number before the title of the page: how much is unread, whatever screen sets the words after it.
const BADGE = /^\(\d+\+?\) /

/** A title with the number before it; pure. */
export function withBadge(title: string, count: number): string {
  const words = title.replace(BADGE, '')
  return count > 0 ? `(${count > 99 ? '99+' : count}) ${words}` : words
}

let count = 0

function apply(): void {
  const wanted = withBadge(document.title, count)
  if (document.title !== wanted) document.title = wanted
}

export function setBadge(unread: number): void {
  count = unread
  apply()
}

/** Keeps the number when a screen changes the title. */
export function startBadge(): void {
  new MutationObserver(apply).observe(document.head, { subtree: true, childList: true, characterData: true })
}
