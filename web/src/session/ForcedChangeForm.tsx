import { Button, PasswordInput, Stack, Text } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation } from '@tanstack/react-query'
import { AppError, toAppError } from '@/shared/error'
import { changePassword, login } from './login'

/** Asked at the first log-in, and whenever an administrator demands it. Signs in when the change held. */
export function ForcedChangeForm({
  username,
  password,
  onSignedIn,
  onBack,
}: {
  username: string
  password: string
  onSignedIn: (token: string) => void
  onBack: () => void
}) {
  const form = useForm({
    initialValues: { newPassword: '', confirmPassword: '' },
    validate: {
      newPassword: (value) =>
        !value
          ? 'Enter a new password'
          : value === password
            ? 'Choose another one than the current password'
            : null,
      confirmPassword: (value, values) =>
        value === values.newPassword ? null : 'The passwords do not match',
    },
  })
  const change = useMutation({
    mutationFn: async (values: typeof form.values) => {
      await changePassword({ username, password, ...values })
      const outcome = await login(username, values.newPassword)
      if (outcome.kind !== 'signed-in')
        throw new AppError('The password was changed. Sign in with it.', 'OTHER')
      return outcome.token
    },
    onSuccess: onSignedIn,
  })
  return (
    <form onSubmit={form.onSubmit((values) => change.mutate(values))} noValidate>
      <Stack gap="sm">
        <input type="text" name="username" autoComplete="username" value={username} readOnly hidden />
        <PasswordInput
          label="New password"
          autoComplete="new-password"
          autoFocus
          visibilityToggleButtonProps={{ 'aria-label': 'Show new password' }}
          {...form.getInputProps('newPassword')}
        />
        <PasswordInput
          label="Confirm new password"
          autoComplete="new-password"
          visibilityToggleButtonProps={{ 'aria-label': 'Show confirmed password' }}
          {...form.getInputProps('confirmPassword')}
        />
        {change.error && (
          <Text size="sm" c="var(--mantine-color-error)" role="alert">
            {toAppError(change.error).message}
          </Text>
        )}
        <Button type="submit" fullWidth mt="xs" loading={change.isPending}>
          Change password and sign in
        </Button>
        <Button variant="subtle" fullWidth onClick={onBack}>
          Back
        </Button>
      </Stack>
    </form>
  )
}
