import {
  Anchor,
  Box,
  Button,
  Checkbox,
  Collapse,
  Group,
  PasswordInput,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core'
import { useForm } from '@mantine/form'
import { useDisclosure } from '@mantine/hooks'
import { IconRefresh } from '@tabler/icons-react'
import type { IntegrationSettingsFragment } from '@/graphql/generated/graphql'
import { CopyField } from '@/shared/CopyField'
import { ErrorState } from '@/shared/States'
import { newToken } from './token'
import { urlProblem } from './url'
import { useSaveIntegration } from './useIntegration'

interface Props {
  companyId: string
  integration: IntegrationSettingsFragment | null
  onSaved: () => void
}

/** Where the Dependency-Track is, and the tokens of both directions. */
export function CredentialsStep({ companyId, integration, onSaved }: Props) {
  const [certificate, certificates] = useDisclosure(false)
  const save = useSaveIntegration(companyId)
  const tokenSet = integration?.apiTokenSet ?? false
  const form = useForm({
    initialValues: {
      apiUrl: integration?.apiUrl ?? '',
      apiToken: '',
      webhookToken: integration?.webhookToken ?? newToken(),
      caCertificatePem: '',
      removeCertificate: false,
    },
    validate: {
      apiUrl: urlProblem,
      apiToken: (value) => (value.trim() || tokenSet ? null : 'Enter an API key of Dependency-Track'),
      webhookToken: (value) => (value.trim().length >= 16 ? null : 'Use at least 16 characters'),
      caCertificatePem: (value) =>
        !value.trim() || value.includes('-----BEGIN CERTIFICATE-----')
          ? null
          : 'A certificate starts with -----BEGIN CERTIFICATE-----',
    },
  })
  const submit = form.onSubmit((values) =>
    save.mutate(
      {
        integrationId: integration?.id ?? null,
        apiUrl: values.apiUrl.trim(),
        webhookToken: values.webhookToken.trim(),
        // What is not typed again is kept: the server never gives it out.
        ...(values.apiToken.trim() && { apiToken: values.apiToken.trim() }),
        ...(values.caCertificatePem.trim() && { caCertificatePem: values.caCertificatePem.trim() }),
        ...(values.removeCertificate && { caCertificatePem: '' }),
      },
      { onSuccess: onSaved },
    ),
  )
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <div>
          <TextInput
            label="API URL"
            description="Address of the Dependency-Track API server, with or without /api"
            placeholder="https://dependency-track.example.com"
            required
            {...form.getInputProps('apiUrl')}
          />
          <Anchor
            component="button"
            type="button"
            size="xs"
            mt={6}
            c="var(--tt-link)"
            onClick={() => form.setFieldValue('apiUrl', window.location.origin)}
          >
            Use the built-in component analysis
          </Anchor>
        </div>
        <PasswordInput
          label="API token"
          description={
            tokenSet
              ? 'A token is set. Leave empty to keep it; it is never shown again.'
              : 'An API key of a team with VIEW_PORTFOLIO, VIEW_VULNERABILITY and VULNERABILITY_ANALYSIS'
          }
          placeholder={tokenSet ? '•••••••• (set)' : undefined}
          autoComplete="off"
          required={!tokenSet}
          visibilityToggleButtonProps={{ 'aria-label': 'Show API token' }}
          {...form.getInputProps('apiToken')}
        />
        <TextInput
          label="Webhook token"
          description="Dependency-Track sends it with its notifications, so that they are known to be its own"
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          inputContainer={(input) => (
            <Group gap="xs" wrap="nowrap">
              <Box style={{ flex: 1 }}>{input}</Box>
              <Button
                variant="default"
                leftSection={<IconRefresh size={16} aria-hidden />}
                onClick={() => form.setFieldValue('webhookToken', newToken())}
              >
                Generate
              </Button>
            </Group>
          )}
          {...form.getInputProps('webhookToken')}
        />
        {integration && (
          <CopyField
            label="Webhook URL"
            value={integration.webhookUrl}
            description="Destination of an outbound webhook rule in Dependency-Track"
          />
        )}
        <div>
          <Anchor
            component="button"
            type="button"
            size="sm"
            c="var(--tt-link)"
            onClick={certificates.toggle}
            aria-expanded={certificate}
          >
            {integration?.caCertificateSet
              ? 'Private certificate authority (set)'
              : 'Private certificate authority'}
          </Anchor>
          <Collapse expanded={certificate}>
            <Textarea
              mt="xs"
              label="CA certificate (PEM)"
              description="Only for a server whose certificate is signed by an authority of your own"
              autosize
              minRows={4}
              maxRows={10}
              styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: '0.75rem' } }}
              {...form.getInputProps('caCertificatePem')}
            />
            {integration?.caCertificateSet && (
              <Checkbox
                mt="xs"
                label="Remove the certificate that is set"
                {...form.getInputProps('removeCertificate', { type: 'checkbox' })}
              />
            )}
          </Collapse>
        </div>
        {save.error && <ErrorState error={save.error} title="The credentials were not saved" />}
        <Group justify="space-between">
          <Text size="xs" c="dimmed">
            Tokens are stored encrypted.
          </Text>
          <Button type="submit" loading={save.isPending}>
            Save and continue
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
