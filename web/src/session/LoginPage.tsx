import { Box, Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { getRouteApi, useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { toAppError } from '@/shared/error'
import { ColorSchemeToggle } from '@/shell/ColorSchemeToggle'
import { Logo } from '@/shell/Logo'
import { ForcedChangeForm } from './ForcedChangeForm'
import { login } from './login'
import { session } from './session'

const route = getRouteApi('/login')

export function LoginPage() {
  const { redirect } = route.useSearch()
  const router = useRouter()
  const [mustChange, setMustChange] = useState<{ username: string; password: string } | null>(null)
  useEffect(() => {
    document.title = 'Sign in · Twintrack'
  }, [])
  const enter = (token: string) => {
    session.start(token)
    // Only places of this application: an address given by a link must not lead out of it.
    router.history.push(redirect?.startsWith('/') && !redirect.startsWith('//') ? redirect : '/')
  }
  return (
    <Box component="main" mih="100vh" pos="relative">
      <Box pos="absolute" top={16} right={16}>
        <ColorSchemeToggle />
      </Box>
      <Center mih="100vh" p="md">
        <Paper w={400} maw="100%" p="xl" shadow="sm">
          <Stack gap="lg">
            <Stack gap={6} align="center">
              <Logo size={40} />
              <Title order={1}>{mustChange ? 'Choose a new password' : 'Sign in to Twintrack'}</Title>
              <Text size="sm" c="dimmed" ta="center">
                {mustChange
                  ? 'This account must change its password before it can be used.'
                  : 'Component analysis and vulnerability management'}
              </Text>
            </Stack>
            {mustChange ? (
              <ForcedChangeForm {...mustChange} onSignedIn={enter} onBack={() => setMustChange(null)} />
            ) : (
              <LoginForm onSignedIn={enter} onMustChange={setMustChange} />
            )}
          </Stack>
        </Paper>
      </Center>
    </Box>
  )
}

function LoginForm({
  onSignedIn,
  onMustChange,
}: {
  onSignedIn: (token: string) => void
  onMustChange: (credentials: { username: string; password: string }) => void
}) {
  const form = useForm({
    initialValues: { username: '', password: '' },
    validate: {
      username: (value) => (value.trim() ? null : 'Enter your user name'),
      password: (value) => (value ? null : 'Enter your password'),
    },
  })
  const signIn = useMutation({
    mutationFn: ({ username, password }: typeof form.values) => login(username.trim(), password),
    onSuccess: (outcome, credentials) => {
      if (outcome.kind === 'signed-in') onSignedIn(outcome.token)
      else onMustChange({ ...credentials, username: credentials.username.trim() })
    },
  })
  return (
    <form onSubmit={form.onSubmit((values) => signIn.mutate(values))} noValidate>
      <Stack gap="sm">
        <TextInput label="User name" autoComplete="username" autoFocus {...form.getInputProps('username')} />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          visibilityToggleButtonProps={{ 'aria-label': 'Show password' }}
          {...form.getInputProps('password')}
        />
        {signIn.error && (
          <Text size="sm" c="var(--mantine-color-error)" role="alert">
            {toAppError(signIn.error).message} {toAppError(signIn.error).hint}
          </Text>
        )}
        <Button type="submit" fullWidth mt="xs" loading={signIn.isPending}>
          Sign in
        </Button>
      </Stack>
    </form>
  )
}
