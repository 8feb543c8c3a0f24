import { describe, expect, it } from 'vitest'

type Tree = { [key: string]: string | Tree }

const catalogues = import.meta.glob<Tree>(['./locales/*.json', '../console/locales/*.json'], {
  eager: true,
  import: 'default',
})

function keys(tree: Tree, prefix = ''): string[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string' ? [`${prefix}${key}`] : keys(value, `${prefix}${key}.`),
  )
}
function texts(tree: Tree): string[] {
  return Object.values(tree).flatMap((value) => (typeof value === 'string' ? [value] : texts(value)))
}
const names = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort()

describe('catalogues', () => {
  const folders = [...new Set(Object.keys(catalogues).map((path) => path.replace(/\w+\.json$/, '')))]
  it.each(folders)('of %s say the same in all languages', (folder) => {
    const of = (language: string) => catalogues[`${folder}${language}.json`] as Tree
    for (const language of ['ru', 'fi']) {
      expect(keys(of(language)).sort()).toEqual(keys(of('en')).sort())
      expect(texts(of(language)).map(names)).toEqual(texts(of('en')).map(names))
    }
  })
})
