import { Modal, Select, Stack } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { DialogFooter } from '@/shared/DialogFooter'
import { expressionProblem } from '@/shared/error'
import { toastDone } from '@/shared/query'
import { ErrorState } from '@/shared/States'
import { rest } from '../rest'
import {
  type Condition,
  operatorLabel,
  type Policy,
  SUBJECT_CHOICES,
  SUBJECTS,
  TYPE_LABEL,
  TYPES,
  type ViolationType,
} from './policy'
import { useReloadPolicies } from './usePolicies'
import { ValueEditor } from './ValueEditor'
import { type Fields, fieldsOf, fieldsProblem, valueText } from './value'

interface Props {
  policy: Policy
  editing: Condition | 'new' | null
  onClose: () => void
}

export function ConditionDialog({ policy, editing, onClose }: Props) {
  return (
    <Modal
      opened={editing !== null}
      onClose={onClose}
      title={editing === 'new' ? 'New condition' : 'Edit condition'}
      size="lg"
    >
      {editing && (
        <Form policy={policy} condition={editing === 'new' ? undefined : editing} onClose={onClose} />
      )}
    </Modal>
  )
}

interface FormProps {
  policy: Policy
  condition: Condition | undefined
  onClose: () => void
}

function Form({ policy, condition, onClose }: FormProps) {
  const reload = useReloadPolicies()
  const [subject, setSubject] = useState(condition?.subject ?? 'SEVERITY')
  const { editor, operators } = SUBJECTS[subject] ?? { editor: 'pattern', operators: [] }
  const [operator, setOperator] = useState(condition?.operator ?? operators[0] ?? 'IS')
  const [fields, setFields] = useState<Fields>(() => fieldsOf(editor, condition?.value))
  const [type, setType] = useState<ViolationType>(condition?.violationType ?? 'OPERATIONAL')
  const [checked, setChecked] = useState(false)
  const problem = fieldsProblem(editor, fields)
  const save = useMutation({
    mutationFn: () => {
      const body = {
        subject,
        operator,
        value: valueText(editor, fields),
        ...(editor === 'expression' && { violationType: type }),
      }
      return condition
        ? rest<Condition>('POST', '/policy/condition', { body: { uuid: condition.uuid, ...body } })
        : rest<Condition>('PUT', `/policy/${policy.uuid}/condition`, { body })
    },
    onSuccess: async () => {
      toastDone('Condition saved')
      onClose()
      await reload()
    },
  })
  const wrong = editor === 'expression' ? expressionProblem(save.error) : undefined
  const choose = (next: string) => {
    const chosen = SUBJECTS[next]
    if (!chosen) return
    setSubject(next)
    setChecked(false)
    save.reset()
    if (!chosen.operators.includes(operator)) setOperator(chosen.operators[0] ?? '')
    if (chosen.editor !== editor) setFields(fieldsOf(chosen.editor, undefined))
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        setChecked(true)
        if (!problem) save.mutate()
      }}
    >
      <Stack gap="sm">
        <Select
          label="Subject"
          data={SUBJECT_CHOICES}
          allowDeselect={false}
          searchable
          maxDropdownHeight={300}
          value={subject}
          onChange={(value) => value && choose(value)}
        />
        <Select
          label="Operator"
          data={operators.map((value) => ({ value, label: operatorLabel(value) }))}
          allowDeselect={false}
          value={operator}
          onChange={(value) => value && setOperator(value)}
        />
        <ValueEditor
          editor={editor}
          fields={fields}
          problem={(checked ? problem : undefined) ?? wrong}
          onChange={(change) => {
            setFields((now) => ({ ...now, ...change }))
            save.reset()
          }}
        />
        {editor === 'expression' && (
          <Select
            label="Kind of violation"
            data={TYPES.map((value) => ({ value, label: TYPE_LABEL[value] }))}
            allowDeselect={false}
            value={type}
            onChange={(value) => value && setType(value)}
          />
        )}
        {save.error && !wrong && <ErrorState error={save.error} title="The condition was not saved" />}
        <DialogFooter onClose={onClose} saving={save.isPending} />
      </Stack>
    </form>
  )
}
