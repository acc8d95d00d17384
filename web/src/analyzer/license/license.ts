/** A licence without its text. */
export interface ConciseLicense {
  uuid: string
  licenseId: string
  name: string
  isOsiApproved: boolean
  isFsfLibre: boolean
  isDeprecatedLicenseId: boolean
  isCustomLicense: boolean
}

export interface License extends ConciseLicense {
  licenseText?: string
  standardLicenseHeader?: string
  licenseComments?: string
  seeAlso?: string[]
  licenseGroups?: { uuid: string; name: string; riskWeight: number }[]
}

export interface LicenseGroup {
  uuid: string
  name: string
  /** 0 to 10: how much its licences ask for. */
  riskWeight: number
  licenses?: ConciseLicense[]
}

/** What is known about a licence, in words. */
export function licenseMarks(license: ConciseLicense): string[] {
  return [
    license.isOsiApproved && 'OSI approved',
    license.isFsfLibre && 'FSF libre',
    license.isDeprecatedLicenseId && 'Deprecated',
    license.isCustomLicense && 'Own',
  ].filter((mark) => mark !== false)
}

/** The licences whose id or name has a text in it. */
export function findLicenses<T extends ConciseLicense>(licenses: readonly T[], q: string | undefined): T[] {
  const wanted = q?.toLowerCase() ?? ''
  return licenses.filter((one) => `${one.licenseId} ${one.name}`.toLowerCase().includes(wanted))
}
