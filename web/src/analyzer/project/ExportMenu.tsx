import { Button, Menu } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconDownload } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { toastError } from '@/shared/query'
import type { Project } from '../api'
import { restFile } from '../rest'
import { BadgeDialog } from './BadgeDialog'
import { projectName } from './ProjectSelect'

const BOM = '/bom/cyclonedx/project'

/** What can be taken away of a project. */
const FILES = [
  { label: 'SBOM (CycloneDX)', path: BOM, query: { variant: 'inventory' }, ending: 'cdx.json' },
  {
    label: 'SBOM with vulnerabilities',
    path: BOM,
    query: { variant: 'withVulnerabilities' },
    ending: 'vulnerabilities.cdx.json',
  },
  { label: 'VDR', path: BOM, query: { variant: 'vdr' }, ending: 'vdr.cdx.json' },
  { label: 'VEX', path: '/vex/cyclonedx/project', query: {}, ending: 'vex.cdx.json' },
]

export function ExportMenu({ project }: { project: Project }) {
  const [badge, dialog] = useDisclosure(false)
  const download = useMutation({
    mutationFn: ({ path, query, ending }: (typeof FILES)[number]) => {
      const name = projectName(project).replace(/[^\w.-]+/g, '-')
      const format = path === BOM ? { format: 'json' } : {}
      return restFile(`${path}/${project.uuid}`, { ...query, ...format, download: true }, `${name}.${ending}`)
    },
    onError: (error) => toastError(error, 'Nothing was downloaded'),
  })
  return (
    <>
      <Menu position="bottom-end" width={230}>
        <Menu.Target>
          <Button
            variant="default"
            loading={download.isPending}
            leftSection={<IconDownload size={16} aria-hidden />}
          >
            Download
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {FILES.map((file) => (
            <Menu.Item key={file.label} onClick={() => download.mutate(file)}>
              {file.label}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item onClick={dialog.open}>Badges</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <BadgeDialog project={project} opened={badge} onClose={dialog.close} />
    </>
  )
}
