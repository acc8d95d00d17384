/** Where each layer of a stack begins and ends, at every place. */
export function stacked(layers: readonly (readonly number[])[]): [number, number][][] {
  const sums: number[] = []
  return layers.map((layer) =>
    layer.map((value, at) => {
      const from = sums[at] ?? 0
      sums[at] = from + value
      return [from, from + value]
    }),
  )
}

/** An end of an axis: even, and not below what is shown. */
export function niceMax(value: number): number {
  if (value <= 2) return 2
  const step = 10 ** Math.floor(Math.log10(value))
  const part = [1, 2, 4, 5, 10].find((one) => one * step >= value) ?? 10
  return part * step
}

/** `2026-11-24` → `24 Nov`. */
export function shortDay(day: string): string {
  const date = new Date(`${day.slice(0, 10)}T00:00:00Z`)
  if (Number.isNaN(date.getTime())) return day
  return date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
}

/** The day some days ago, as `2026-11-24`. */
export function daysAgo(days: number, now = new Date()): string {
  return new Date(now.getTime() - days * 86_400_000).toISOString().slice(0, 10)
}
