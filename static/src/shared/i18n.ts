// Languages: catalogues per surface, loaded when needed; the chosen language is kept and told to the page.
import { en as kitEn, fi as kitFi, ru as kitRu } from '@nuxt/ui/locale'
import { computed } from 'vue'
import { createI18n } from 'vue-i18n'
import type { Language, Names } from './types'

export const LANGUAGES: Language[] = ['en', 'ru', 'fi']
export const LANGUAGE_NAMES: Record<Language, string> = { en: 'English', ru: 'Русский', fi: 'Suomi' }

/** What `import.meta.glob('./locales/*.json')` gives: one loader per language file. */
export type Catalogue = Record<string, () => Promise<unknown>>

const STORED = 'casefeed.language'
const catalogues: Catalogue[] = [import.meta.glob('./locales/*.json')]
const loaded = new Set<string>()

// Forms: zero | one | few | many; or one | few | many.
function russianPlural(choice: number, forms: number): number {
  const few = choice % 10 >= 2 && choice % 10 <= 4 && (choice % 100 < 12 || choice % 100 > 14)
  const one = choice % 10 === 1 && choice % 100 !== 11
  const form = one ? 0 : few ? 1 : 2
  if (forms === 4) return choice === 0 ? 0 : form + 1
  return Math.min(form, forms - 1)
}

export const i18n = createI18n({
  legacy: false,
  locale: 'en' as string,
  fallbackLocale: 'en',
  messages: {} as Record<string, Record<string, never>>,
  pluralRules: { ru: russianPlural },
  missingWarn: false,
  fallbackWarn: false,
})

/** The language of the page; reactive. */
export const language = computed(() => i18n.global.locale.value as Language)

/** The kit's own words in the same language. */
export const kitLocale = computed(() => ({ en: kitEn, ru: kitRu, fi: kitFi })[language.value])

/** Texts outside of components. */
export const translate = (key: string, values: Record<string, unknown> = {}) => i18n.global.t(key, values)

async function load(wanted: Language): Promise<void> {
  const ending = `/${wanted}.json`
  await Promise.all(
    catalogues.flatMap((catalogue, index) =>
      Object.entries(catalogue)
        .filter(([path]) => path.endsWith(ending) && !loaded.has(`${index}${path}`))
        .map(async ([path, loader]) => {
          const module = (await loader()) as { default: Record<string, unknown> }
          i18n.global.mergeLocaleMessage(wanted, module.default)
          loaded.add(`${index}${path}`)
        }),
    ),
  )
}

/** Adds the texts of a surface (once, before mounting or from a lazy route). */
export async function addCatalogue(catalogue: Catalogue): Promise<void> {
  if (!catalogues.includes(catalogue)) catalogues.push(catalogue)
  await Promise.all([load(language.value), language.value === 'en' ? undefined : load('en')])
}

export function isLanguage(value: unknown): value is Language {
  return LANGUAGES.includes(value as Language)
}

/** What was chosen before on this machine, else what the browser prefers. */
export function preferredLanguage(offered: readonly string[] = LANGUAGES, otherwise: Language = 'en'): Language {
  let stored: string | null = null
  try {
    stored = localStorage.getItem(STORED)
  } catch {
    // Storage may be forbidden; then the browser's preference has to do.
  }
  const wishes = [stored, ...navigator.languages.map((tag) => tag.slice(0, 2))]
  return (wishes.find((wish) => isLanguage(wish) && offered.includes(wish)) as Language | undefined) ?? otherwise
}

export async function setLanguage(wanted: Language, keep = false): Promise<void> {
  await Promise.all([load(wanted), wanted === 'en' ? undefined : load('en')])
  i18n.global.locale.value = wanted
  document.documentElement.lang = wanted
  document.documentElement.dir = 'ltr'
  if (!keep) return
  try {
    localStorage.setItem(STORED, wanted)
  } catch {
    // Not kept; nothing else is lost.
  }
}

/** A name that the desk keeps in several languages. */
export function named(names: Names | undefined): string {
  return names?.[language.value] ?? names?.en ?? Object.values(names ?? {})[0] ?? ''
}
