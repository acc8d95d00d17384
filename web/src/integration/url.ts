/** Why an address cannot be that of a Dependency-Track; null when it can. */
export function urlProblem(text: string): string | null {
  const value = text.trim()
  if (!value) return 'Enter the address of the API server'
  let url: URL
  try {
    url = new URL(value)
  } catch {
    return 'Start with https:// or http://, then the host'
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return 'Start with https:// or http://, then the host'
  if (url.username || url.password) return 'Leave user name and password out of the address'
  return null
}
