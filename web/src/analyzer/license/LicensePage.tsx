import { Badge, Button, Code, Group, List, Paper, Stack, Text, Title } from '@mantine/core'
import { IconTrash } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { AppLink } from '@/shared/AppLink'
import { ConfirmDialog } from '@/shared/ConfirmDialog'
import { toAppError } from '@/shared/error'
import { FactGrid } from '@/shared/Facts'
import { ExternalLink, PageHeader } from '@/shared/PageHeader'
import { EmptyState, ErrorState, PageSkeleton } from '@/shared/States'
import { rest } from '../rest'
import { type License, licenseMarks } from './license'
import { useReloadLicenses } from './useLicenses'

const route = getRouteApi('/shell/analyzer/licenses/$licenseId')

const address = (licenseId: string) => `/license/${encodeURIComponent(licenseId)}`

export function LicensePage() {
  const { licenseId } = route.useParams()
  const license = useQuery({
    queryKey: ['license', licenseId],
    queryFn: () => rest<License>('GET', address(licenseId)),
  })
  if (license.error && !license.data) {
    if (toAppError(license.error).code === 'NOT_FOUND')
      return (
        <EmptyState
          title={`No licence ${licenseId} is known here`}
          action={<AppLink to="/analyzer/licenses">Go to the licences</AppLink>}
        />
      )
    return <ErrorState error={license.error} onRetry={license.refetch} />
  }
  if (!license.data) return <PageSkeleton />
  return <LicenseView license={license.data} />
}

function LicenseView({ license }: { license: License }) {
  const navigate = route.useNavigate()
  const reload = useReloadLicenses()
  const [deleting, remove] = useState<License | null>(null)
  const { licenseGroups = [], seeAlso = [] } = license
  return (
    <>
      <PageHeader
        title={license.licenseId}
        crumbs={[{ label: 'Licences', to: '/analyzer/licenses' }]}
        description={license.name}
        aside={licenseMarks(license).map((mark) => (
          <Badge key={mark} variant="default" tt="none" fw={500}>
            {mark}
          </Badge>
        ))}
        actions={
          license.isCustomLicense && (
            <Button
              variant="default"
              leftSection={<IconTrash size={16} aria-hidden />}
              onClick={() => remove(license)}
            >
              Delete
            </Button>
          )
        }
      />
      <Stack gap="md">
        <Paper p="md">
          <FactGrid
            columns={2}
            facts={{
              Groups: licenseGroups.map((group) => group.name).join(', '),
              'See also': seeAlso.length > 0 && (
                <List listStyleType="none" size="sm">
                  {seeAlso.map((one) => (
                    <List.Item key={one}>
                      <ExternalLink href={one}>{one}</ExternalLink>
                    </List.Item>
                  ))}
                </List>
              ),
              ...(license.licenseComments && { Comments: license.licenseComments }),
            }}
          />
        </Paper>
        <LicenseText title="Text" text={license.licenseText} />
        {license.standardLicenseHeader && (
          <LicenseText title="Header of files" text={license.standardLicenseHeader} />
        )}
      </Stack>
      <ConfirmDialog
        target={deleting}
        title={(one) => `Delete ${one.licenseId}?`}
        text={() => 'Components keep its name. Conditions on it are never met any more.'}
        failed="The licence was not deleted"
        done="Licence deleted"
        onConfirm={async (one) => {
          await rest<void>('DELETE', address(one.licenseId))
          await navigate({ to: '/analyzer/licenses' })
          await reload()
        }}
        onClose={() => remove(null)}
      />
    </>
  )
}

function LicenseText({ title, text }: { title: string; text: string | undefined }) {
  return (
    <Paper p="md" component="section" aria-label={title}>
      <Group mb="sm">
        <Title order={2}>{title}</Title>
      </Group>
      {text ? (
        <Code block style={{ whiteSpace: 'pre-wrap' }} tabIndex={0}>
          {text}
        </Code>
      ) : (
        <Text size="sm" c="dimmed">
          Its text is not known here.
        </Text>
      )}
    </Paper>
  )
}
