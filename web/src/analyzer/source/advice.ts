const ADVICE: [RegExp, string][] = [
  [/no ecosystem is chosen/i, 'Choose at least one ecosystem in the settings of this source.'],
  [
    /\b(401|403)\b|unauthori[sz]ed|forbidden|bad credentials|token/i,
    'The source refuses the request. Check its key or token in the settings.',
  ],
  [
    /\b429\b|too many requests|rate limit/i,
    'The source wants to be asked less often. Set a key if it has one, or wait and run it again.',
  ],
  [
    /\b(404|410)\b|not there|not found/i,
    'Nothing is at this address. Check the address in the settings, and the ecosystems if there are some.',
  ],
  [/\b5\d\d\b/, 'The source itself is in trouble. It is tried again by itself; run it again later.'],
  [
    /certificate|tls|ssl/i,
    'The connection is not trusted. Check the address, and that the server knows the certificate authority.',
  ],
  [
    /dns|resolve|lookup|connect|refused|unreachable|timed? ?out|sending request|network/i,
    'The server cannot reach this address. Check the address in the settings, and the network or proxy of the server.',
  ],
  [
    /disk|space|permission denied/i,
    'The server cannot store what it reads. Look at its data folder and its disk.',
  ],
  [
    /zip|json|xml|csv|parse|invalid|expected|truncated|unreadable|archive/i,
    'What is at this address cannot be read. Check that it is the address of this kind of source.',
  ],
]

/** What to do about the reason why a run failed. */
export function advice(reason: string): string {
  const found = ADVICE.find(([pattern]) => pattern.test(reason))
  return found?.[1] ?? 'Check the settings of this source and run it again. The log of the server has more.'
}
