import { useQuery } from '@tanstack/react-query'
import { PickSelect } from '@/shared/PickSelect'
import { ALL, rest } from '../rest'

interface Props {
  label: string
  without: readonly string[]
  busy?: boolean
  onPick: (tag: string) => void
}

/** Picks one of the tags that there are. */
export function TagSelect({ label, without, busy, onPick }: Props) {
  const tags = useQuery({
    queryKey: ['analyzer-tags'],
    queryFn: () => rest<{ name: string }[]>('GET', '/tag', { query: ALL }),
  })
  const offered = (tags.data ?? []).map((tag) => tag.name).filter((name) => !without.includes(name))
  return (
    <PickSelect
      label={label}
      data={offered.map((name) => ({ value: name, label: name }))}
      onPick={onPick}
      busy={busy}
      error={tags.error}
      nothing="No such tag on any project"
      w={200}
    />
  )
}
