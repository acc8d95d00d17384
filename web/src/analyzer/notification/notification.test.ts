import { describe, expect, it } from 'vitest'
import { cronProblem, cronWords, SCHEDULES } from './cron'
import { groupsOf } from './notification'
import { configProblems, destinationWords, KIND_CHOICES, kindOf, readConfig, writeConfig } from './publisher'
import { mailProblems } from './serverFields'

const publisher = (name: string) => ({
  uuid: 'p',
  name,
  publisherClass: `org.dependencytrack.notification.publisher.${name}`,
  templateMimeType: 'application/json',
  defaultPublisher: true,
})

describe('a receiver', () => {
  it('has a kind for each that the API knows', () => {
    for (const { value } of KIND_CHOICES) expect(kindOf({ publisherClass: value })).not.toBe('other')
    expect(kindOf({ publisherClass: 'com.example.Own' })).toBe('other')
    expect(kindOf(undefined)).toBe('other')
  })

  it('keeps settings that no field is for, and loses empty ones', () => {
    const config = readConfig('{"destination":"https://chat.example/x","retries":3,"token":"t"}')
    expect(writeConfig({ ...config, token: '' })).toBe('{"destination":"https://chat.example/x","retries":3}')
    expect(writeConfig({ destination: '' })).toBeUndefined()
    expect(readConfig(undefined)).toEqual({})
    for (const bad of ['[1]', 'null', '{', '3']) expect(readConfig(bad)).toBeUndefined()
  })

  it('needs what it needs', () => {
    expect(configProblems('slack', {})).toHaveProperty('destination')
    expect(configProblems('webhook', { destination: 'chat.example' }).destination).toMatch(/https/)
    expect(configProblems('webhook', { destination: 'http://127.0.0.1:9/x' })).toEqual({})
    expect(configProblems('email', { destination: 'a@b.example, c' }).destination).toBe(
      'c is no e-mail address',
    )
    expect(configProblems('email', { destination: 'a@b.example, c@d.example' })).toEqual({})
    expect(configProblems('email', {})).toEqual({})
    expect(Object.keys(configProblems('jira', { destination: 'SEC' }))).toEqual(['jiraTicketType'])
    expect(configProblems('console', {})).toEqual({})
  })

  it('is told of by its host: the rest of an address may be a secret', () => {
    const rule = (name: string, publisherConfig: string) => ({ publisher: publisher(name), publisherConfig })
    expect(
      destinationWords(rule('SlackPublisher', '{"destination":"https://chat.example/hooks/s3cret"}')),
    ).toBe('chat.example')
    expect(destinationWords(rule('SendMailPublisher', '{"destination":"a@b.example"}'))).toBe('a@b.example')
    expect(destinationWords(rule('JiraPublisher', '{'))).toBe('')
  })
})

describe('groups', () => {
  it('fit the scope and what brings them about', () => {
    const of = (scope: 'PORTFOLIO' | 'SYSTEM', triggerType: 'EVENT' | 'SCHEDULE', notifyOn: string[] = []) =>
      groupsOf({ scope, triggerType, notifyOn })
    expect(of('PORTFOLIO', 'EVENT')).toContain('NEW_VULNERABILITY')
    expect(of('PORTFOLIO', 'EVENT')).not.toContain('ANALYZER')
    expect(of('SYSTEM', 'EVENT')).toContain('ANALYZER')
    expect(of('PORTFOLIO', 'SCHEDULE')).toEqual([
      'NEW_VULNERABILITIES_SUMMARY',
      'NEW_POLICY_VIOLATIONS_SUMMARY',
    ])
    expect(of('SYSTEM', 'SCHEDULE', ['OLD_ONE'])).toEqual(['OLD_ONE'])
  })
})

describe('a schedule', () => {
  it('is refused with the field that is wrong', () => {
    expect(cronProblem('every day')).toMatch(/Five fields/)
    expect(cronProblem('60 * * * *')).toMatch(/minute/)
    expect(cronProblem('0 24 * * *')).toMatch(/hour/)
    expect(cronProblem('0 0 0 * *')).toMatch(/day of the month/)
    expect(cronProblem('0 0 * * 5-1')).toMatch(/day of the week/)
    expect(cronProblem('*/0 * * * *')).toMatch(/minute/)
  })

  it('is taken in every form', () => {
    for (const good of ['*/15 8-18 * * MON-FRI', '0,30 * 1 jan *', '5 4 * * 7', '1-59/2 * * * *'])
      expect(cronProblem(good)).toBeUndefined()
    for (const { value } of SCHEDULES) expect(cronProblem(value)).toBeUndefined()
  })

  it('is told in words where it is a common one', () => {
    expect(cronWords(' 0  8 * * 1 ')).toBe('On Mondays at 8:00')
    expect(cronWords('7 7 * * 7')).toBe('7 7 * * 7')
  })
})

describe('the mail server', () => {
  const whole = {
    'smtp.enabled': 'true',
    'smtp.server.hostname': 'mail.example.com',
    'smtp.server.port': '587',
    'smtp.from.address': 'twintrack@example.com',
  }

  it('needs host and sender once mails are sent', () => {
    expect(mailProblems(whole)).toEqual({})
    expect(mailProblems({ 'smtp.enabled': 'false' })).toEqual({})
    expect(Object.keys(mailProblems({ 'smtp.enabled': 'true' }))).toEqual([
      'smtp.server.hostname',
      'smtp.from.address',
    ])
    expect(mailProblems({ ...whole, 'smtp.from.address': 'Twintrack <t@example.com>' })).toEqual({})
  })

  it('has a port and a sender that can be meant, even while it is off', () => {
    const off = { ...whole, 'smtp.enabled': 'false' }
    expect(mailProblems({ ...off, 'smtp.server.port': '70000' })).toHaveProperty(['smtp.server.port'])
    expect(mailProblems({ ...off, 'smtp.from.address': 'twintrack' })).toHaveProperty(['smtp.from.address'])
  })
})
