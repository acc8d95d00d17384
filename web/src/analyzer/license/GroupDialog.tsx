import { Modal, NumberInput, Stack, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { change } from '@/shared/change'
import { DialogFooter } from '@/shared/DialogFooter'
import { MemberSelect } from '@/shared/MemberSelect'
import { toastDone } from '@/shared/query'
import { ErrorState } from '@/shared/States'
import { rest } from '../rest'
import type { LicenseGroup } from './license'
import { useLicenses, useReloadLicenses } from './useLicenses'

interface Props {
  editing: LicenseGroup | 'new' | null
  onClose: () => void
}

export function GroupDialog({ editing, onClose }: Props) {
  return (
    <Modal
      opened={editing !== null}
      onClose={onClose}
      title={editing === 'new' ? 'New licence group' : 'Edit licence group'}
      size="lg"
    >
      {editing && <Form group={editing === 'new' ? undefined : editing} onClose={onClose} />}
    </Modal>
  )
}

/** Writes the group, and then the licences that came and went. */
async function save(group: LicenseGroup | undefined, name: string, riskWeight: number, chosen: string[]) {
  const body = { ...(group && { uuid: group.uuid }), name, riskWeight }
  const { uuid } = await rest<LicenseGroup>(group ? 'POST' : 'PUT', '/licenseGroup', { body })
  const before = group?.licenses?.map((license) => license.uuid) ?? []
  const place = (license: string) => `/licenseGroup/${uuid}/license/${license}`
  const { added, removed } = change(before, chosen)
  for (const license of added) await rest('POST', place(license))
  for (const license of removed) await rest('DELETE', place(license))
}

function Form({ group, onClose }: { group: LicenseGroup | undefined; onClose: () => void }) {
  const reload = useReloadLicenses()
  const licenses = useLicenses()
  const [name, setName] = useState(group?.name ?? '')
  const [weight, setWeight] = useState<string | number>(group?.riskWeight ?? 0)
  const [chosen, setChosen] = useState(group?.licenses?.map((license) => license.uuid) ?? [])
  const [checked, setChecked] = useState(false)
  const nameless = name.trim() === ''
  const saving = useMutation({
    mutationFn: () => save(group, name.trim(), Number(weight) || 0, chosen),
    onSuccess: () => {
      toastDone('Group saved')
      onClose()
    },
    onSettled: reload,
  })
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        setChecked(true)
        if (!nameless) saving.mutate()
      }}
    >
      <Stack gap="sm">
        <TextInput
          label="Name"
          required
          data-autofocus
          value={name}
          error={checked && nameless ? 'Enter a name' : undefined}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <NumberInput
          label="Weight"
          description="How much its licences ask for, from 0 to 10"
          min={0}
          max={10}
          allowDecimal={false}
          value={weight}
          onChange={setWeight}
          w={220}
        />
        <MemberSelect
          label="Licences"
          placeholder={chosen.length === 0 ? 'MIT, Apache-2.0 …' : undefined}
          known={licenses}
          labelOf={(one) => one.licenseId}
          chosen={chosen}
          onChange={setChosen}
          limit={100}
          maxDropdownHeight={240}
          nothingFoundMessage="No such licence"
        />
        {saving.error && <ErrorState error={saving.error} title="The group was not saved" />}
        <DialogFooter onClose={onClose} saving={saving.isPending} />
      </Stack>
    </form>
  )
}
