/** Why a text is no address of the web, in words; nothing when it is one, or empty. */
export function addressProblem(text: string): string | undefined {
  const address = text.trim()
  if (address === '') return undefined
  const protocol = URL.canParse(address) ? new URL(address).protocol : ''
  return ['http:', 'https:'].includes(protocol) ? undefined : 'Start with https:// or http://, then the host'
}

/** Whether a text is one e-mail address, as far as can be told by looking at it. */
export const isMailAddress = (text: string) => /^[^\s@,;]+@[^\s@,;]+$/.test(text.trim())
