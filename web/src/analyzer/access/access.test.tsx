import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { answering, show } from '@/testing/show'
import type { Team } from '../api'
import { LdapGroups } from './TeamGroups'
import { TeamKeys } from './TeamKeys'
import { UserDialog } from './UserDialog'

const TEAM: Team = {
  uuid: 't-1',
  name: 'Automation',
  apiKeys: [{ publicId: 'abcd1234', maskedKey: 'odt_abcd1234********', legacy: false, comment: 'pipeline' }],
  mappedLdapGroups: [{ uuid: 'm-1', dn: 'cn=developers,dc=example' }],
}

const press = (name: string | RegExp) => fireEvent.click(screen.getByRole('button', { name }))
const type = (name: RegExp, value: string) =>
  fireEvent.change(screen.getByRole('textbox', { name }), { target: { value } })

describe('the keys of a team', () => {
  it('show a new secret once', async () => {
    const sent = answering(() => [200, { ...TEAM.apiKeys?.[0], key: 'odt_abcd1234_secret' }])
    show(<TeamKeys team={TEAM} />)
    press('Regenerate API key abcd1234')
    expect(sent).toEqual([])
    press('Regenerate')
    expect(await screen.findByDisplayValue('odt_abcd1234_secret')).toBeTruthy()
    expect(sent).toMatchObject([{ method: 'POST', path: '/api/v1/team/key/abcd1234' }])
    press('Done')
    await waitFor(() => expect(screen.queryByDisplayValue('odt_abcd1234_secret')).toBeNull())
  })

  it('take a comment away when it is emptied', async () => {
    const sent = answering(() => [200, TEAM.apiKeys?.[0]])
    show(<TeamKeys team={TEAM} />)
    press('Edit the comment of API key abcd1234')
    expect(await screen.findByDisplayValue('pipeline')).toBeTruthy()
    type(/Comment/, ' ')
    press('Save')
    await waitFor(() =>
      expect(sent).toMatchObject([{ path: '/api/v1/team/key/abcd1234/comment', method: 'POST', body: '' }]),
    )
  })

  it('stay when one could not be deleted, with the reason', async () => {
    answering(() => [404, 'The API key could not be found.'])
    show(<TeamKeys team={TEAM} />)
    press('Delete API key abcd1234')
    press('Delete')
    expect(await screen.findByText('The key was not deleted')).toBeTruthy()
    expect(screen.getByText('The API key could not be found.')).toBeTruthy()
  })
})

describe('the LDAP groups of a team', () => {
  it('are told by their first name, and taken away', async () => {
    const sent = answering(({ method }) => (method === 'GET' ? [200, []] : [204]))
    show(<LdapGroups team={TEAM} />)
    expect(within(screen.getByRole('listitem')).getByText('developers')).toBeTruthy()
    press('Take the group developers away')
    await waitFor(() =>
      expect(sent).toContainEqual(
        expect.objectContaining({ method: 'DELETE', path: '/api/v1/ldap/mapping/m-1' }),
      ),
    )
  })

  it('say so when no directory answers', async () => {
    answering(() => [204])
    show(<LdapGroups team={{ uuid: 't-1', name: 'Automation' }} />)
    expect(screen.getByText('No group stands for this team.')).toBeTruthy()
    expect(await screen.findByText(/^No directory answers/)).toBeTruthy()
  })
})

describe('a user of the directory', () => {
  it('is let in by name, and put into no team', async () => {
    const sent = answering(({ method }) => (method === 'PUT' ? [201, { username: 'joao' }] : [200, []]))
    show(<UserDialog editing="new" onClose={() => {}} />)
    fireEvent.click(await screen.findByRole('radio', { name: 'LDAP' }))
    expect(screen.queryByLabelText(/Full name/)).toBeNull()
    type(/User name/, 'joao')
    press('Save')
    await waitFor(() =>
      expect(sent).toContainEqual(
        expect.objectContaining({ method: 'PUT', path: '/api/v1/user/ldap', body: { username: 'joao' } }),
      ),
    )
  })

  it('says at the name that somebody has it', async () => {
    answering(({ method }) => (method === 'PUT' ? [409, 'A user with the same username exists.'] : [200, []]))
    show(<UserDialog editing="new" onClose={() => {}} />)
    fireEvent.click(await screen.findByRole('radio', { name: 'OpenID Connect' }))
    type(/User name/, 'joao')
    press('Save')
    expect(await screen.findByText(/^Somebody has this user name/)).toBeTruthy()
  })
})
