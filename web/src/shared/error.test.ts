import { describe, expect, it } from 'vitest'
import { AppError, expressionProblem, fromGraphQL, fromResponse, toAppError } from './error'

describe('errors of REST answers', () => {
  it('takes plain text as the message', () => {
    const error = fromResponse(404, 'The project could not be found.')
    expect(error).toMatchObject({
      message: 'The project could not be found.',
      code: 'NOT_FOUND',
      status: 404,
    })
  })

  it('speaks for an empty 403 and says what to do', () => {
    const error = fromResponse(403, '')
    expect(error.message).toMatch(/permission/)
    expect(error.hint).toMatch(/administrator/)
    expect(error.retryable).toBe(false)
  })

  it('joins title and detail of problem details and keeps the places as the hint', () => {
    const error = fromResponse(
      400,
      JSON.stringify({
        status: 400,
        title: 'The uploaded BOM is invalid',
        detail: 'Schema validation failed',
        errors: ["$.components[0]: required property 'name' not found"],
      }),
    )
    expect(error.message).toBe('The uploaded BOM is invalid: Schema validation failed')
    expect(error.hint).toContain('$.components[0]')
  })

  it('names the field of a validation message', () => {
    const body = JSON.stringify([{ message: 'must not be blank', path: 'name', invalidValue: null }])
    expect(fromResponse(400, body).message).toBe('name: must not be blank')
  })

  it('says where an expression is wrong', () => {
    const body = JSON.stringify({ celErrors: [{ line: 1, column: 4, message: 'undeclared reference to x' }] })
    expect(fromResponse(400, body).message).toBe(
      'The expression is wrong at line 1, column 4: undeclared reference to x',
    )
  })

  it('keeps what is said of a field and of an expression for the form', () => {
    const problem = (errors: object[]) =>
      fromResponse(400, JSON.stringify({ title: 'Bad Request', detail: 'Not valid', errors }))
    const field = problem([{ path: 'create.arg0.name', message: 'must not be blank' }])
    expect(field.parts.fields).toEqual({ name: 'must not be blank' })
    expect(field.hint).toBe('create.arg0.name: must not be blank')
    expect(expressionProblem(field)).toBeUndefined()
    const expression = problem([
      { line: 1, column: 4, message: 'undeclared reference to x' },
      { line: 2, column: 1, message: 'no such overload' },
    ])
    expect(expressionProblem(expression)).toBe(
      'Line 1, column 4: undeclared reference to x\nLine 2, column 1: no such overload',
    )
    expect(expressionProblem(new Error('x'))).toBeUndefined()
  })

  it('reads whatever is sent', () => {
    for (const body of ['null', '3', '[null]', '{"errors":[null]}', '"no"', '{"errors":[{}]}'])
      expect(fromResponse(400, body).message).toBeTruthy()
  })

  it('never shows the page of a proxy', () => {
    expect(fromResponse(502, '<html>Bad gateway</html>').message).not.toContain('<')
    expect(fromResponse(502, '').retryable).toBe(true)
  })
})

describe('errors of GraphQL answers', () => {
  it('keeps code and hint of the extensions', () => {
    const error = fromGraphQL(
      [
        {
          message: 'Fixed cannot be set',
          extensions: { code: 'INVALID', hint: 'The next synchronization does it.' },
        },
      ],
      200,
    )
    expect(error).toMatchObject({ code: 'INVALID', hint: 'The next synchronization does it.' })
    expect(error.signedOut).toBe(false)
  })

  it('ends the session on UNAUTHENTICATED', () => {
    expect(fromGraphQL([{ message: 'no', extensions: { code: 'UNAUTHENTICATED' } }], 200).signedOut).toBe(
      true,
    )
  })
})

describe('anything thrown', () => {
  it('is passed on, or told apart', () => {
    const known = new AppError('a', 'CONFLICT')
    expect(toAppError(known)).toBe(known)
    expect(toAppError(new TypeError('Failed to fetch')).code).toBe('UNREACHABLE')
    expect(toAppError('boom').message).toBe('boom')
  })
})
