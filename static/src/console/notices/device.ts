// What this device is allowed to do when something happens: make a sound, show a notification, take pushes.
import { computed, readonly, ref } from 'vue'
import { api } from '../../shared/api'
import { me } from '../../shared/session'
import type { Notification as Notice } from '../../shared/types'
import { detailOf, pathOf, textOf } from './notices'

export const WORKER = '/push-worker.js'
const BROWSER = 'casefeed.notices.browser'
const PUSH = 'casefeed.notices.push'

function kept(name: string): boolean {
  try {
    return localStorage.getItem(name) === String(me.value?.user.id)
  } catch {
    return false
  }
}
function keep(name: string, on: boolean): void {
  try {
    if (on) localStorage.setItem(name, String(me.value?.user.id))
    else localStorage.removeItem(name)
  } catch {
    // Then it holds as long as the page.
  }
}

const browser = ref(false)
const push = ref(false)
/** Reactive: notifications of the browser are shown on this device while a page is open. */
export const browserOn = readonly(browser)
/** Reactive: this browser takes pushes, also while no page is open. */
export const pushOn = readonly(push)
export const canNotify = 'Notification' in window && isSecureContext
export const canPush = canNotify && 'serviceWorker' in navigator && 'PushManager' in window
/** The browser was told never to ask again; only its own settings can change that. */
export const blocked = computed(() => canNotify && Notification.permission === 'denied')

async function permitted(): Promise<boolean> {
  return canNotify && (await Notification.requestPermission()) === 'granted'
}

/** Answers whether it is so now. */
export async function setBrowser(on: boolean): Promise<boolean> {
  browser.value = on && (await permitted())
  keep(BROWSER, browser.value)
  return browser.value === on
}

function bytes(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
}

async function subscribed(): Promise<PushSubscription> {
  const registration = await navigator.serviceWorker.register(WORKER)
  await navigator.serviceWorker.ready
  const { key } = await api.get<{ key: string }>('/api/push')
  const known = await registration.pushManager.getSubscription()
  const options = { userVisibleOnly: true, applicationServerKey: bytes(key) }
  try {
    return await registration.pushManager.subscribe(options)
  } catch (error) {
    // One made under another key (the desk has a new secret) must go first.
    if (!known) throw error
    await known.unsubscribe()
    return registration.pushManager.subscribe(options)
  }
}

/** Raises Problem or DOMException when the browser or the desk refuses; answers whether it is so now. */
export async function setPush(on: boolean): Promise<boolean> {
  if (on) {
    if (!(await permitted())) return false
    const found = (await subscribed()).toJSON()
    await api.post('/api/push/subscriptions', { endpoint: found.endpoint, keys: found.keys })
  } else {
    const registration = await navigator.serviceWorker.getRegistration(WORKER)
    const known = await registration?.pushManager.getSubscription()
    if (known) {
      await api.post('/api/push/ended', { endpoint: known.endpoint })
      await known.unsubscribe()
    }
  }
  push.value = on
  keep(PUSH, on)
  return true
}

/** After sign-in: what was switched on here for this person goes on, under the new session. */
export async function resumeDevice(): Promise<void> {
  const granted = canNotify && Notification.permission === 'granted'
  browser.value = granted && kept(BROWSER)
  push.value = granted && canPush && kept(PUSH)
  if (push.value) await setPush(true)
}

/** Two soft notes, made here: nothing is loaded for it. */
export function playSound(): void {
  const audio = new AudioContext()
  const gain = audio.createGain()
  gain.connect(audio.destination)
  gain.gain.setValueAtTime(0.0001, audio.currentTime)
  gain.gain.exponentialRampToValueAtTime(0.12, audio.currentTime + 0.02)
  gain.gain.exponentialRampToValueAtTime(0.0001, audio.currentTime + 0.5)
  for (const [pitch, at] of [
    [660, 0],
    [880, 0.14],
  ] as const) {
    const tone = audio.createOscillator()
    tone.frequency.value = pitch
    tone.connect(gain)
    tone.start(audio.currentTime + at)
    tone.stop(audio.currentTime + 0.5)
  }
  setTimeout(() => void audio.close(), 1000)
}

/** With the same tag as a push of it, so that the two never stand side by side. */
export function showNotification(notice: Notice, open: (path: string) => void): void {
  try {
    const shown = new Notification(textOf(notice), { body: detailOf(notice), tag: `casefeed-${notice.position}` })
    shown.onclick = () => {
      focus()
      open(pathOf(notice))
      shown.close()
    }
  } catch {
    // Some phones only let a service worker show them: those have the pushes.
  }
}

/** Runs in one tab only, of all that are open. */
export function onceOfAllTabs(notice: Notice, action: () => void): void {
  if (!navigator.locks) {
    action()
    return
  }
  void navigator.locks.request(`casefeed.notice.${notice.position}`, { ifAvailable: true }, async (lock) => {
    if (!lock) return
    action()
    await new Promise((resolve) => setTimeout(resolve, 3000))
  })
}
