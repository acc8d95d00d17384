import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { fireEvent, render, screen, waitFor } from '@testing-library/react'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { session } from '@/session/session'
import { theme } from '@/theme/theme'
import { StatusMenu, type StatusOwner } from './StatusMenu'

const issue: StatusOwner = {
  id: '7',
  title: 'Command injection',
  type: 'SCA_FINDING',
  status: 'IDENTIFIED',
  permittedStatus: ['IDENTIFIED', 'IN_PROGRESS', 'RISK_ACCEPTED', 'FIX_ACCEPTED'],
}

/** The inputs of the mutations that were sent. */
function answering(body: object) {
  const sent: unknown[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (_, init) => {
    sent.push(JSON.parse(String(init?.body)).variables.input)
    return new Response(JSON.stringify(body), { headers: { 'Content-Type': 'application/json' } })
  })
  return sent
}

function show(shown: StatusOwner) {
  render(
    <MantineProvider theme={theme} env="test">
      <QueryClientProvider client={new QueryClient()}>
        <StatusMenu issue={shown} />
      </QueryClientProvider>
    </MantineProvider>,
  )
}

const openMenu = () => fireEvent.click(screen.getByRole('button', { name: /Status: Identified/ }))

beforeEach(() => session.start('a.b.c'))

describe('the status menu', () => {
  it('changes the status at once where no reason is needed', async () => {
    const sent = answering({ data: { changeIssueStatus: { issue: { id: '7', status: 'IN_PROGRESS' } } } })
    show(issue)
    openMenu()
    expect(screen.queryByRole('menuitem', { name: 'Fixed' })).toBeNull()
    fireEvent.click(screen.getByRole('menuitem', { name: 'In progress' }))
    await waitFor(() => expect(sent).toEqual([{ id: '7', status: 'IN_PROGRESS', reason: null }]))
  })

  it('asks for a reason before a risk is accepted, and sends none without', async () => {
    const sent = answering({ data: { changeIssueStatus: { issue: { id: '7', status: 'RISK_ACCEPTED' } } } })
    show(issue)
    openMenu()
    fireEvent.click(screen.getByRole('menuitem', { name: /Risk accepted/ }))
    fireEvent.click(screen.getByRole('button', { name: 'Set to Risk accepted' }))
    expect(await screen.findByText('A reason is required')).toBeTruthy()
    expect(sent).toEqual([])
    fireEvent.change(screen.getByRole('textbox', { name: /Reason/ }), {
      target: { value: '  not reachable ' },
    })
    fireEvent.click(screen.getByRole('button', { name: 'Set to Risk accepted' }))
    await waitFor(() => expect(sent).toEqual([{ id: '7', status: 'RISK_ACCEPTED', reason: 'not reachable' }]))
  })

  it('shows what the server refuses, next to the reason', async () => {
    answering({
      errors: [{ message: 'Not allowed', extensions: { code: 'FORBIDDEN', hint: 'Ask a manager.' } }],
    })
    show(issue)
    openMenu()
    fireEvent.click(screen.getByRole('menuitem', { name: /Risk accepted/ }))
    fireEvent.change(screen.getByRole('textbox', { name: /Reason/ }), { target: { value: 'x' } })
    fireEvent.click(screen.getByRole('button', { name: 'Set to Risk accepted' }))
    expect(await screen.findByText('Ask a manager.')).toBeTruthy()
  })

  it('is no menu for somebody who may change nothing', () => {
    show({ ...issue, permittedStatus: [] })
    expect(screen.queryByRole('button')).toBeNull()
    expect(screen.getByText('Identified')).toBeTruthy()
  })
})
