import { Alert, Button, Center, Group, Skeleton, Stack, Text, ThemeIcon } from '@mantine/core'
import { IconAlertTriangle, IconInbox, type TablerIcon } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { toAppError } from './error'

/** A failed load: what happened, what to do, and a way to try again. */
export function ErrorState({
  error,
  onRetry,
  title,
}: {
  error: unknown
  onRetry?: () => void
  title?: string
}) {
  const { message, hint } = toAppError(error)
  return (
    <Alert
      role="alert"
      variant="outline"
      color="red"
      icon={<IconAlertTriangle size={18} aria-hidden />}
      title={title ?? message}
      styles={{
        body: { color: 'var(--mantine-color-text)' },
        title: { color: 'var(--mantine-color-error)' },
      }}
    >
      <Stack gap="xs" align="flex-start">
        {title && <Text size="sm">{message}</Text>}
        {hint && (
          <Text size="sm" style={{ whiteSpace: 'pre-line' }}>
            {hint}
          </Text>
        )}
        {onRetry && (
          <Button variant="default" size="xs" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  )
}

/** A failure that belongs to a thing (a run, a push, a connection), in one line and a half. */
export function OperationErrorText({
  error,
}: {
  error: { code: string; message: string; hint?: string | null } | null | undefined
}) {
  if (!error) return null
  return (
    <div>
      <Text size="sm" c="var(--mantine-color-error)">
        {error.message}
      </Text>
      <Text size="xs" c="dimmed">
        {error.hint ? `${error.hint} (${error.code})` : error.code}
      </Text>
    </div>
  )
}

/** Nothing here yet, and what to do next. */
export function EmptyState({
  title,
  children,
  action,
  icon: Icon = IconInbox,
}: {
  title: string
  children?: ReactNode
  action?: ReactNode
  icon?: TablerIcon
}) {
  return (
    <Center py="xl" px="md">
      <Stack align="center" gap="xs" maw={460}>
        <ThemeIcon size={44} radius="xl" variant="default" aria-hidden>
          <Icon size={22} stroke={1.6} />
        </ThemeIcon>
        <Text fw={600} ta="center">
          {title}
        </Text>
        {children && (
          <Text size="sm" c="dimmed" ta="center" component="div">
            {children}
          </Text>
        )}
        {action && <Group mt="xs">{action}</Group>}
      </Stack>
    </Center>
  )
}

const ROWS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

/** Lines where a table will be. */
export function TableSkeleton({ rows = 6 }: { rows?: number }) {
  return (
    <Stack gap={10} p="md" role="status" aria-label="Loading">
      {ROWS.slice(0, rows).map((row) => (
        <Skeleton key={row} height={22} radius="sm" />
      ))}
    </Stack>
  )
}

export function PageSkeleton() {
  return (
    <Stack gap="md" role="status" aria-label="Loading">
      <Skeleton height={30} width={280} />
      <Skeleton height={110} />
      <Skeleton height={320} />
    </Stack>
  )
}
