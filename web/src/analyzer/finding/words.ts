import { sentence } from '@/shared/words'

/** Words of an analysis as people say them. */
export function analysisWord(word: string | undefined): string {
  if (!word || word === 'NOT_SET') return 'Not set'
  if (word === 'CAN_NOT_FIX') return 'Cannot fix'
  return sentence(word)
}
