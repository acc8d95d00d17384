import { Group, Input, NumberInput, SegmentedControl, Select, Stack, TextInput } from '@mantine/core'
import { ExpressionField } from '@/shared/ExpressionField'
import { toAppError } from '@/shared/error'
import { sentence } from '@/shared/words'
import { useLicenseGroups, useLicenses } from '../license/useLicenses'
import { SEVERITY_WORDS } from '../vulnerability/draft'
import type { Editor } from './policy'
import { type Fields, HASHES, UNRESOLVED } from './value'

interface Props {
  editor: Editor
  fields: Fields
  problem: string | undefined
  onChange: (change: Fields) => void
}

const HELP: Partial<Record<Editor, string>> = {
  pattern: 'A part of it is enough. * stands for anything, ^ and $ for start and end.',
  version: 'Compared by the rules of the ecosystem, as in 2.17.1',
  id: 'The exact id, as in CVE-2021-44228',
  cwe: 'Numbers separated by commas, or * for any weakness',
  score: 'How likely it is to be exploited within 30 days, from 0 to 1',
}

const LABEL: Partial<Record<Editor, string>> = {
  pattern: 'Pattern',
  version: 'Version',
  id: 'Id',
  cwe: 'Weaknesses',
  score: 'Score',
}

/** The fields in which the value of a condition is entered. */
export function ValueEditor({ editor, fields, problem, onChange }: Props) {
  const text = (name: string, label: string, more: Record<string, unknown> = {}) => (
    <TextInput
      label={label}
      value={fields[name] ?? ''}
      onChange={(event) => onChange({ [name]: event.currentTarget.value })}
      {...more}
    />
  )
  switch (editor) {
    case 'severity':
      return (
        <Select
          label="Severity"
          data={SEVERITY_WORDS.map((value) => ({ value, label: sentence(value) }))}
          allowDeselect={false}
          value={fields.value ?? null}
          onChange={(value) => value && onChange({ value })}
        />
      )
    case 'flag':
      return (
        <Input.Wrapper label="Value" labelElement="div">
          <div>
            <SegmentedControl
              aria-label="Value"
              data={[
                { value: 'true', label: 'True' },
                { value: 'false', label: 'False' },
              ]}
              value={fields.value?.toLowerCase() === 'false' ? 'false' : 'true'}
              onChange={(value) => onChange({ value })}
            />
          </div>
        </Input.Wrapper>
      )
    case 'license':
      return (
        <LicenseSelect
          value={fields.value ?? ''}
          problem={problem}
          onChange={(value) => onChange({ value })}
        />
      )
    case 'licenseGroup':
      return (
        <GroupSelect value={fields.value ?? ''} problem={problem} onChange={(value) => onChange({ value })} />
      )
    case 'period':
      return (
        <Parts problem={problem}>
          {(['years', 'months', 'days'] as const).map((unit) => (
            <NumberInput
              key={unit}
              label={sentence(unit)}
              min={0}
              max={9999}
              allowDecimal={false}
              allowNegative={false}
              value={fields[unit] ?? ''}
              onChange={(value) => onChange({ [unit]: String(value) })}
              w={110}
            />
          ))}
        </Parts>
      )
    case 'distance':
      return (
        <Parts
          problem={problem}
          help="How far the latest version is ahead. ? stands for any. Only what the project depends on directly is looked at."
        >
          {(['epoch', 'major', 'minor', 'patch'] as const).map((part) => (
            <div key={part}>{text(part, sentence(part), { w: 90 })}</div>
          ))}
        </Parts>
      )
    case 'coordinates':
      return (
        <Parts
          problem={problem}
          help="A part of a name is enough, * stands for anything. A version may start with <, <=, >, >=, == or !=."
        >
          {text('group', 'Group', { placeholder: 'any', style: { flex: '1 1 140px' } })}
          {text('name', 'Name', { placeholder: 'any', style: { flex: '1 1 140px' } })}
          {text('version', 'Version', { placeholder: 'any', style: { flex: '1 1 110px' } })}
        </Parts>
      )
    case 'expression':
      return (
        <ExpressionField
          label="Expression"
          description="In the Common Expression Language, over component, project, vulns and now"
          placeholder={'component.group == "org.acme" && vulns.exists(v, v.severity == "HIGH")'}
          value={fields.value ?? ''}
          error={problem}
          onChange={(value) => onChange({ value })}
        />
      )
    case 'hash':
      return (
        <Parts problem={problem}>
          <Select
            label="Algorithm"
            data={HASHES}
            allowDeselect={false}
            value={fields.algorithm ?? null}
            onChange={(value) => value && onChange({ algorithm: value })}
            w={150}
          />
          {text('value', 'Hash', {
            style: { flex: '1 1 220px' },
            styles: { input: { fontFamily: 'var(--mantine-font-family-monospace)' } },
          })}
        </Parts>
      )
    default:
      return text('value', LABEL[editor] ?? 'Value', {
        description: HELP[editor],
        error: problem,
        ...(editor === 'score' && { inputMode: 'decimal', placeholder: '0.5' }),
      })
  }
}

function Parts({
  problem,
  help,
  children,
}: {
  problem: string | undefined
  help?: string
  children: React.ReactNode
}) {
  return (
    <Stack gap={4}>
      {help && <Input.Description>{help}</Input.Description>}
      <Group gap="xs" align="flex-start">
        {children}
      </Group>
      {problem && <Input.Error role="alert">{problem}</Input.Error>}
    </Stack>
  )
}

interface ChoiceProps {
  value: string
  problem: string | undefined
  onChange: (value: string) => void
}

function LicenseSelect({ value, problem, onChange }: ChoiceProps) {
  const licenses = useLicenses()
  const known = (licenses.data ?? []).map((one) => ({
    value: one.uuid,
    label: `${one.licenseId}: ${one.name}`,
  }))
  return (
    <Select
      label="Licence"
      placeholder="MIT, Apache-2.0 …"
      data={[{ value: UNRESOLVED, label: 'Not known' }, ...known]}
      searchable
      limit={100}
      maxDropdownHeight={260}
      value={value || null}
      onChange={(next) => onChange(next ?? '')}
      error={problem ?? (licenses.error ? toAppError(licenses.error).message : undefined)}
      nothingFoundMessage="No such licence"
    />
  )
}

function GroupSelect({ value, problem, onChange }: ChoiceProps) {
  const groups = useLicenseGroups()
  return (
    <Select
      label="Licence group"
      data={(groups.data ?? []).map((one) => ({ value: one.uuid, label: one.name }))}
      searchable
      value={value || null}
      onChange={(next) => onChange(next ?? '')}
      error={problem ?? (groups.error ? toAppError(groups.error).message : undefined)}
      nothingFoundMessage="No such group"
    />
  )
}
