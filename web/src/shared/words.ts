/** `RISK_ACCEPTED` → `Risk accepted`: for words of an API that need no wording of their own. */
export function sentence(word: string): string {
  const text = word.toLowerCase().replaceAll('_', ' ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}

export function plural(count: number, one: string, many = `${one}s`) {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`
}
