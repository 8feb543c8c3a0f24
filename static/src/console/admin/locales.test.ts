import { describe, expect, it } from 'vitest'

type Tree = { [name: string]: string | Tree }

const catalogues = import.meta.glob<{ default: Tree }>(
  ['./locales/*.json', '../reports/locales/*.json', '../../portal/locales/*.json', '../../demo/locales/*.json'],
  {
    eager: true,
  },
)

function keysOf(tree: Tree, before = ''): string[] {
  return Object.entries(tree).flatMap(([name, value]) =>
    typeof value === 'string' ? [before + name] : keysOf(value, `${before}${name}.`),
  )
}

function textOf(tree: Tree, key: string): string {
  return key.split('.').reduce<string | Tree>((part, name) => (part as Tree)[name] as string | Tree, tree) as string
}

const placesIn = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()
const folders = [...new Set(Object.keys(catalogues).map((path) => path.replace(/\w+\.json$/, '')))]

describe.each(folders)('texts of %s', (folder) => {
  const english = catalogues[`${folder}en.json`]?.default as Tree
  it.each(['ru', 'fi'])('are all there in %s, with the same places to fill', (language) => {
    const other = catalogues[`${folder}${language}.json`]?.default as Tree
    expect(keysOf(other).sort()).toEqual(keysOf(english).sort())
    for (const key of keysOf(english))
      expect([key, placesIn(textOf(other, key))]).toEqual([key, placesIn(textOf(english, key))])
  })
})
