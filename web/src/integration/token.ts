const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** A random token of 40 letters and digits. */
export function newToken(): string {
  // 248 is the largest multiple of 62 below 256: higher bytes would favour the first letters.
  const letters: string[] = []
  while (letters.length < 40) {
    for (const byte of crypto.getRandomValues(new Uint8Array(64))) {
      if (byte < 248 && letters.length < 40) letters.push(ALPHABET.charAt(byte % 62))
    }
  }
  return letters.join('')
}
