import { Paper, Switch, Text } from '@mantine/core'
import { toastDone, toastError } from '@/shared/query'
import { useProperties, useSaveProperties } from '../property/useProperties'

const GROUP = 'access-management'
const NAME = 'acl.enabled'

/** Whether portfolio access control is on; nothing as long as nobody knows. */
export function useAcl(): boolean | undefined {
  const properties = useProperties()
  const stored = properties.data?.find((one) => one.groupName === GROUP && one.propertyName === NAME)
  return properties.data && stored?.propertyValue?.toLowerCase() === 'true'
}

/** Whether people see every project, or only those of their teams. */
export function AclSwitch() {
  const on = useAcl()
  const save = useSaveProperties()
  // Who may not read the settings cannot change them either.
  if (on === undefined) return null
  return (
    <Paper p="md" mb="md" component="section" aria-label="Portfolio access control">
      <Switch
        label="Portfolio access control"
        description="When it is on, people and API keys see only the projects of their teams. Who manages access sees all."
        checked={on}
        disabled={save.isPending}
        onChange={(event) => {
          const next = event.currentTarget.checked
          save.mutate([{ groupName: GROUP, propertyName: NAME, propertyValue: String(next) }], {
            onSuccess: () => toastDone(`Portfolio access control is ${next ? 'on' : 'off'}`),
            onError: (error) => toastError(error, 'Portfolio access control was not switched'),
          })
        }}
      />
      {on && (
        <Text size="sm" c="dimmed" mt="xs">
          Open a team to choose the projects that it sees.
        </Text>
      )}
    </Paper>
  )
}
