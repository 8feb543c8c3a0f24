// Shows pushes of the desk while none of its pages is open, and opens the entry when one is clicked.
self.addEventListener('push', (event) => {
  const told = event.data ? event.data.json() : {}
  const shown = { body: told.body || '', tag: told.tag, icon: '/favicon.svg', data: { path: told.path || '/console' } }
  event.waitUntil(self.registration.showNotification(told.title || 'Casefeed', shown))
})

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const path = new URL(event.notification.data.path, self.location.origin)
  // What a push says may only lead into the desk.
  if (path.origin !== self.location.origin) return
  event.waitUntil(
    self.clients.matchAll({ type: 'window', includeUncontrolled: true }).then(async (pages) => {
      const page = pages.find((one) => new URL(one.url).pathname.startsWith('/console'))
      if (!page) return self.clients.openWindow(path.href)
      page.postMessage({ type: 'open', path: path.pathname + path.search })
      await page.focus().catch(() => {}) // a browser may refuse it; the page has been told by then
    }),
  )
})
