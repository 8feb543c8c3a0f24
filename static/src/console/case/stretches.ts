// Which stretches of a promise are listed at first; the sums below them are of all.
export const SHOWN = 10 // stretches; the latest say most, the others are asked for

export function listed<T>(all: readonly T[], whole: boolean): { earlier: number; shown: readonly T[] } {
  const earlier = whole ? 0 : Math.max(0, all.length - SHOWN)
  return { earlier, shown: all.slice(earlier) }
}
