import { Button, Menu } from '@mantine/core'
import { IconDownload } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import type { IssuesFiltersInput } from '@/graphql/generated/graphql'
import { session } from '@/session/session'
import { fromResponse } from '@/shared/error'
import { toastError } from '@/shared/query'

/** Writes the list as it is filtered, every page of it, into a file. */
export function ExportMenu({ companyId, filters }: { companyId: string; filters: IssuesFiltersInput }) {
  const exporting = useMutation({
    mutationFn: async (format: 'csv' | 'json') => {
      const query = new URLSearchParams({ companyId, format, filters: JSON.stringify(filters) })
      const answer = await fetch(`/api/platform/issues/export?${query}`, {
        headers: { Authorization: `Bearer ${session.token() ?? ''}` },
      })
      if (!answer.ok) throw fromResponse(answer.status, await answer.text())
      const address = URL.createObjectURL(await answer.blob())
      const link = document.createElement('a')
      link.href = address
      link.download = `issues.${format}`
      link.click()
      URL.revokeObjectURL(address)
    },
    onError: (error) => toastError(error, 'The issues were not exported'),
  })
  return (
    <Menu position="bottom-end" width={160}>
      <Menu.Target>
        <Button
          variant="default"
          loading={exporting.isPending}
          leftSection={<IconDownload size={16} aria-hidden />}
        >
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => exporting.mutate('csv')}>As CSV</Menu.Item>
        <Menu.Item onClick={() => exporting.mutate('json')}>As JSON</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
