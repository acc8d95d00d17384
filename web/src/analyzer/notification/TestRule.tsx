import { Alert, Button, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { IconCircleCheck, IconSend } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ErrorState } from '@/shared/States'
import { plural } from '@/shared/words'
import { rest } from '../rest'
import type { Rule } from './notification'

/** Sends made-up notifications of a rule, and says what came of it. */
export function TestRule({ rule }: { rule: Rule }) {
  const cache = useQueryClient()
  const test = useMutation({
    mutationFn: () => rest<void>('POST', `/notification/publisher/test/${rule.uuid}`),
    onSettled: () => cache.invalidateQueries({ queryKey: ['deliveries'] }),
  })
  const groups = rule.notifyOn.length
  return (
    <Paper p="md" component="section" aria-labelledby="test">
      <Title order={2} id="test" mb="sm">
        Try it
      </Title>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {groups === 0
            ? 'Choose and save what is told first.'
            : `Sends ${plural(groups, 'made-up notification')} with the saved settings, one of each kind.`}
        </Text>
        <Group>
          <Button
            variant="default"
            leftSection={<IconSend size={16} aria-hidden />}
            loading={test.isPending}
            disabled={groups === 0}
            onClick={() => test.mutate()}
          >
            Send a test
          </Button>
        </Group>
        {test.isSuccess && (
          <Alert
            role="status"
            variant="outline"
            color="teal"
            icon={<IconCircleCheck size={18} aria-hidden />}
            title="The receiver took it"
            styles={{ title: { color: 'var(--mantine-color-text)' } }}
          />
        )}
        {test.error && <ErrorState error={test.error} title="The test was not delivered" />}
      </Stack>
    </Paper>
  )
}
