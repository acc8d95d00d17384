import { describe, expect, it } from 'vitest'
import { findLicenses, licenseMarks } from './license'

const license = (licenseId: string, name: string, marks = {}) => ({
  uuid: licenseId,
  licenseId,
  name,
  isOsiApproved: false,
  isFsfLibre: false,
  isDeprecatedLicenseId: false,
  isCustomLicense: false,
  ...marks,
})

describe('licences', () => {
  const all = [license('Apache-2.0', 'Apache License 2.0'), license('0BSD', 'BSD Zero Clause License')]

  it('are found by id and by name', () => {
    expect(findLicenses(all, 'apache').map((one) => one.licenseId)).toEqual(['Apache-2.0'])
    expect(findLicenses(all, 'zero').map((one) => one.licenseId)).toEqual(['0BSD'])
    expect(findLicenses(all, undefined)).toHaveLength(2)
  })

  it('are marked by what is known about them', () => {
    expect(licenseMarks(license('MIT', 'MIT License', { isOsiApproved: true, isFsfLibre: true }))).toEqual([
      'OSI approved',
      'FSF libre',
    ])
    expect(licenseMarks(license('X', 'X'))).toEqual([])
  })
})
