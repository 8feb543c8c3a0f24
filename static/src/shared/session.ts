// Who is signed in and to which desk; the one place that signs in and out.
import { computed, readonly, ref } from 'vue'
import { api, Problem, setCsrfToken, whenSignedOut } from './api'
import { feed, whenFeedEnds } from './feed'
import { isLanguage, preferredLanguage, setLanguage } from './i18n'
import { followOutbox } from './outbox'
import { followReads } from './reads'
import { setBrandColour } from './theme'
import type { Area, DeskInfo, Language, Me } from './types'

const current = ref<Me | null>(null)
const deskInfo = ref<DeskInfo | null>(null)
const expired = ref(false)

/** Reactive: the signed-in person, or null. */
export const me = readonly(current)
/** Reactive: name, colour and settings of the desk. */
export const desk = readonly(deskInfo)
/** Reactive: we were signed in and are no longer. */
export const sessionExpired = readonly(expired)
export const mayAdminister = (area: Area) => computed(() => current.value?.rights.includes(area) ?? false)

function setMe(person: Me | null): void {
  current.value = person
  setCsrfToken(person?.csrf_token ?? '')
  if (person) {
    expired.value = false
    feed.start()
    followReads(person.user.id)
    followOutbox(person.user.id)
  } else {
    followReads(null)
    feed.stop()
  }
}

function lost(): void {
  if (!current.value) return
  setMe(null)
  expired.value = true
}

whenSignedOut(lost)
whenFeedEnds(lost)

/** Loads the desk and, if there is a session, the person; called once before a surface mounts. */
export async function startSession(): Promise<void> {
  const [info, person] = await Promise.all([
    api.get<DeskInfo>('/api/desk').catch(() => null),
    api.get<Me>('/api/me').catch((error) => {
      if (error instanceof Problem) return null
      throw error
    }),
  ])
  if (info) setDesk(info)
  await setLanguage(languageFor(person))
  setMe(person)
}

function languageFor(person: Me | null): Language {
  if (person && isLanguage(person.user.language)) return person.user.language
  return preferredLanguage(deskInfo.value?.languages, deskInfo.value?.default_language)
}

/** Takes over new branding at once. */
export function setDesk(info: DeskInfo): void {
  deskInfo.value = info
  document.title = info.name
  setBrandColour(info.colour)
}

/** Takes over branding that was changed elsewhere; an unchanged desk is left alone, with titles and previews. */
export async function refreshDesk(): Promise<void> {
  const info = await api.get<DeskInfo>('/api/desk').catch(() => null)
  if (info && JSON.stringify(info) !== JSON.stringify(deskInfo.value)) setDesk(info)
}

/** Takes over a session that the server has just opened (sign-in, reset, link, claim). */
export async function enter(person: Me): Promise<Me> {
  await setLanguage(languageFor(person))
  setMe(person)
  return person
}

export async function signIn(email: string, password: string): Promise<Me> {
  return enter(await api.post<Me>('/api/session', { email, password }))
}

export async function signOut(): Promise<void> {
  await api.delete('/api/session').catch((error) => {
    if (!(error instanceof Problem) || error.status !== 401) throw error
  })
  setMe(null)
  expired.value = false
}

/** Changes name, language, preferences or password of the person. */
export async function changeMe(change: Record<string, unknown>): Promise<Me> {
  const person = await api.patch<Me>('/api/me', change)
  current.value = person
  setCsrfToken(person.csrf_token)
  return person
}

/** Switches the language of the page and, when signed in, of the person. */
export async function chooseLanguage(wanted: Language): Promise<void> {
  await setLanguage(wanted, true)
  if (current.value) await changeMe({ language: wanted })
}
