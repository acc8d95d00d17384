import { AppError } from '@/shared/error'
import type { Project } from '../api'
import { rest } from '../rest'

export type UploadTarget = { uuid: string } | { name: string; version: string; isLatest: boolean }

const POLL_MS = 400
const GIVE_UP_MS = 5 * 60_000

/**
 * Uploads an SBOM and waits until it is processed. Answers the identifier of its project. After `accepted` it is kept
 * and will be processed, whatever happens to the waiting.
 */
export async function uploadBom(
  file: File,
  target: UploadTarget,
  accepted: () => void,
): Promise<string | undefined> {
  const form = new FormData()
  if ('uuid' in target) form.set('project', target.uuid)
  else {
    form.set('autoCreate', 'true')
    form.set('projectName', target.name)
    if (target.version) form.set('projectVersion', target.version)
    if (target.isLatest) form.set('isLatest', 'true')
  }
  form.set('bom', file)
  const { token, projectUuid } = await rest<{ token: string; projectUuid?: string }>('POST', '/bom', { form })
  accepted()
  await processed(token)
  if ('uuid' in target) return target.uuid
  if (projectUuid) return projectUuid
  const project = await rest<Project>('GET', '/project/lookup', {
    query: { name: target.name, version: target.version },
  }).catch(() => undefined)
  return project?.uuid
}

/** Answers that a proxy gives while the server behind it is started anew, and none at all. */
const PASSING = [0, 429, 502, 503, 504]

/** Waits for the end of the work. It goes on after a restart of the server: one that does not answer is asked again. */
async function processed(token: string) {
  const end = Date.now() + GIVE_UP_MS
  for (;;) {
    const failure = await rest<{ processing: boolean }>('GET', `/event/token/${token}`).then(
      ({ processing }) =>
        processing
          ? new AppError('It is still being processed.', 'TIMEOUT', 'It goes on by itself; look again later.')
          : undefined,
      (error) => {
        if (!(error instanceof AppError && PASSING.includes(error.status))) throw error
        return error
      },
    )
    if (!failure) return
    if (Date.now() > end) throw failure
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
