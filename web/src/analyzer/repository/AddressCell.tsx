import { ActionIcon, Button, Group, Text, TextInput, Tooltip } from '@mantine/core'
import { IconCheck, IconPencil, IconX } from '@tabler/icons-react'
import { useState } from 'react'
import { addressProblem } from '@/shared/address'
import { type Repository, TYPES } from './repository'
import { useChangeRepository } from './useRepositories'

/** The address of a repository, given and changed in its row. */
export function AddressCell({ repository }: { repository: Repository }) {
  const [editing, edit] = useState(false)
  if (editing) return <AddressForm repository={repository} onDone={() => edit(false)} />
  if (!repository.url)
    return (
      <Group gap="xs">
        <Text size="sm" c="dimmed">
          No address: not asked
        </Text>
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => edit(true)}
          aria-label={`Give an address to ${repository.identifier}`}
        >
          Give an address
        </Button>
      </Group>
    )
  return (
    <Group gap={4} wrap="nowrap">
      <Text span size="sm" style={{ overflowWrap: 'anywhere' }}>
        {repository.url}
      </Text>
      <Tooltip label="Change the address">
        <ActionIcon
          variant="subtle"
          size="sm"
          aria-label={`Change the address of ${repository.identifier}`}
          onClick={() => edit(true)}
        >
          <IconPencil size={14} aria-hidden />
        </ActionIcon>
      </Tooltip>
    </Group>
  )
}

function AddressForm({ repository, onDone }: { repository: Repository; onDone: () => void }) {
  const [url, setUrl] = useState(repository.url)
  const [problem, setProblem] = useState<string>()
  const change = useChangeRepository(repository)
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        const found = addressProblem(url)
        setProblem(found)
        if (!found) change.mutate({ url }, { onSuccess: onDone })
      }}
    >
      <Group gap={4} wrap="nowrap" align="flex-start">
        <TextInput
          // Somebody asked for it: the cursor is wanted here.
          autoFocus
          aria-label={`Address of ${repository.identifier}`}
          description={TYPES[repository.type]?.speaks}
          inputWrapperOrder={['input', 'description', 'error']}
          placeholder="https://registry.example/"
          type="url"
          size="xs"
          miw={220}
          style={{ flex: 1 }}
          value={url}
          error={problem}
          onChange={(event) => setUrl(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape') onDone()
          }}
        />
        <ActionIcon type="submit" size={30} loading={change.isPending} aria-label="Save the address">
          <IconCheck size={16} aria-hidden />
        </ActionIcon>
        <ActionIcon variant="default" size={30} onClick={onDone} aria-label="Leave the address as it was">
          <IconX size={16} aria-hidden />
        </ActionIcon>
      </Group>
    </form>
  )
}
