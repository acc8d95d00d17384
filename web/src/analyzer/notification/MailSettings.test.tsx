import { fireEvent, screen } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { answering, show } from '@/testing/show'
import { MailSettings } from './MailSettings'

const mail = (propertyName: string, propertyValue: string) => ({
  groupName: 'email',
  propertyName,
  propertyValue,
  propertyType: 'STRING',
})
const SET = [mail('smtp.enabled', 'true'), mail('smtp.server.hostname', 'mail.example.com')]

/** A server with these settings, whose mail server answers as told. */
const server = (stored: object[], test: [number, string?] = [200]) =>
  answering(({ path }) => (path.endsWith('/configProperty') ? [200, stored] : test))

const send = () => fireEvent.click(screen.getByRole('button', { name: 'Send a test mail' }))

describe('a test mail', () => {
  it('waits until mails are sent', async () => {
    server([])
    show(<MailSettings />)
    expect(await screen.findByText(/^Sending mails is off/)).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Send a test mail' }).hasAttribute('disabled')).toBe(true)
  })

  it('goes to an address, as a form', async () => {
    const sent = server(SET)
    show(<MailSettings />)
    const to = await screen.findByLabelText('Send to')
    send()
    expect(await screen.findByText('Enter an e-mail address')).toBeTruthy()
    fireEvent.change(to, { target: { value: ' maria@example.com ' } })
    send()
    expect(await screen.findByText('The mail server took the mail to maria@example.com')).toBeTruthy()
    expect(sent.at(-1)).toMatchObject({
      path: '/api/v1/notification/publisher/test/smtp',
      body: { destination: 'maria@example.com' },
    })
  })

  it('says what to look at when it was not sent', async () => {
    server(SET, [500, 'Exception occurred while sending the notification.'])
    show(<MailSettings />)
    fireEvent.change(await screen.findByLabelText('Send to'), { target: { value: 'maria@example.com' } })
    send()
    expect(await screen.findByText('The mail was not sent')).toBeTruthy()
    expect(screen.getByText(/^Check host, port/)).toBeTruthy()
  })
})

describe('the settings of mail', () => {
  it('can be read again when they could not be', async () => {
    answering(() => [403])
    show(<MailSettings />)
    expect(await screen.findByRole('button', { name: 'Try again' })).toBeTruthy()
  })
})
