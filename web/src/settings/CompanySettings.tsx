import { Button, Group, Modal, Paper, Stack, Text, Textarea, TextInput, Title } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { gql } from '@/graphql/client'
import {
  CompanyDetailsDocument,
  type CompanyDetailsQuery,
  CreateCompanyDocument,
  DeleteCompanyDocument,
  UpdateCompanyDocument,
} from '@/graphql/generated/graphql'
import { useCompany } from '@/session/viewer'
import { toastDone } from '@/shared/query'
import { ErrorState, TableSkeleton } from '@/shared/States'
import { isAdmin } from './sections'

type Details = NonNullable<CompanyDetailsQuery['company']>

/** Name and contact of a company, another company, and the end of this one. */
export function CompanySettings({ companyId }: { companyId: string }) {
  const company = useQuery({
    queryKey: ['company', companyId],
    queryFn: () => gql(CompanyDetailsDocument, { id: companyId }),
    select: (data) => data.company,
  })
  if (company.error && !company.data) return <ErrorState error={company.error} onRetry={company.refetch} />
  if (!company.data) return <TableSkeleton rows={4} />
  return (
    <Stack gap="lg" maw={760}>
      <Contact company={company.data} />
      <Another />
      <End company={company.data} />
    </Stack>
  )
}

function Contact({ company }: { company: Details }) {
  const cache = useQueryClient()
  const { role } = useCompany()
  const form = useForm({
    initialValues: {
      label: company.label,
      description: company.description ?? '',
      contactName: company.contactName ?? '',
      contactEmail: company.contactEmail ?? '',
    },
    validate: { label: (value) => (value.trim() ? null : 'Enter a name') },
  })
  const save = useMutation({
    mutationFn: (values: typeof form.values) =>
      gql(UpdateCompanyDocument, { input: { companyId: company.id, ...values } }),
    onSuccess: async () => {
      for (const key of ['company', 'viewer']) await cache.invalidateQueries({ queryKey: [key] })
      toastDone('Company saved')
    },
  })
  const readOnly = !isAdmin(role)
  return (
    <Paper p="md">
      <form onSubmit={form.onSubmit((values) => save.mutate(values))} noValidate>
        <Stack gap="sm">
          <TextInput label="Name" required readOnly={readOnly} {...form.getInputProps('label')} />
          <Textarea label="Description" autosize readOnly={readOnly} {...form.getInputProps('description')} />
          <Group grow>
            <TextInput label="Contact" readOnly={readOnly} {...form.getInputProps('contactName')} />
            <TextInput label="Contact e-mail" readOnly={readOnly} {...form.getInputProps('contactEmail')} />
          </Group>
          {save.error && <ErrorState error={save.error} title="The company was not saved" />}
          {!readOnly && (
            <Group justify="flex-end">
              <Button type="submit" loading={save.isPending}>
                Save
              </Button>
            </Group>
          )}
        </Stack>
      </form>
    </Paper>
  )
}

function Another() {
  const cache = useQueryClient()
  const { choose } = useCompany()
  const [making, make] = useDisclosure(false)
  const [label, setLabel] = useState('')
  const create = useMutation({
    mutationFn: () => gql(CreateCompanyDocument, { input: { label } }),
    onSuccess: async ({ createCompany }) => {
      await cache.invalidateQueries({ queryKey: ['viewer'] })
      choose(createCompany.id)
      make.close()
      toastDone(`${createCompany.label} is yours`)
    },
  })
  return (
    <Paper p="md">
      <Group justify="space-between">
        <div>
          <Title order={2}>Another company</Title>
          <Text size="sm" c="dimmed">
            Companies on one installation see nothing of each other. You own the one you make.
          </Text>
        </div>
        <Button variant="default" onClick={make.open}>
          New company
        </Button>
      </Group>
      <Modal opened={making} onClose={make.close} title="New company">
        <form
          onSubmit={(event) => {
            event.preventDefault()
            create.mutate()
          }}
        >
          <Stack gap="sm">
            <TextInput
              label="Name"
              required
              data-autofocus
              value={label}
              onChange={(event) => setLabel(event.currentTarget.value)}
            />
            {create.error && <ErrorState error={create.error} title="No company was made" />}
            <Group justify="flex-end">
              <Button variant="default" onClick={make.close}>
                Cancel
              </Button>
              <Button type="submit" loading={create.isPending}>
                Make it
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </Paper>
  )
}

function End({ company }: { company: Details }) {
  const cache = useQueryClient()
  const { role, choose } = useCompany()
  const [asking, ask] = useDisclosure(false)
  const [label, setLabel] = useState('')
  const remove = useMutation({
    mutationFn: () => gql(DeleteCompanyDocument, { input: { companyId: company.id, label } }),
    onSuccess: async () => {
      choose(null)
      cache.clear()
      toastDone(`${company.label} was deleted`)
    },
  })
  if (role !== 'OWNER') return null
  return (
    <Paper p="md">
      <Group justify="space-between">
        <div>
          <Title order={2}>Delete {company.label}</Title>
          <Text size="sm" c="dimmed">
            With its assets, issues, history, integrations and keys, for good.
          </Text>
        </div>
        <Button variant="default" onClick={ask.open}>
          Delete
        </Button>
      </Group>
      <Modal opened={asking} onClose={ask.close} title={`Delete ${company.label}`}>
        <Stack gap="sm">
          <TextInput
            label="Write the company's name to confirm"
            value={label}
            onChange={(event) => setLabel(event.currentTarget.value)}
          />
          {remove.error && <ErrorState error={remove.error} title="The company was not deleted" />}
          <Group justify="flex-end">
            <Button variant="default" onClick={ask.close}>
              Keep it
            </Button>
            <Button
              color="red"
              disabled={label !== company.label}
              loading={remove.isPending}
              onClick={() => remove.mutate()}
            >
              Delete for good
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Paper>
  )
}
