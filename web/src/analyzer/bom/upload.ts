import { AppError, toAppError } from '@/shared/error'
import type { Project } from '../api'
import { rest } from '../rest'

export type UploadTarget = { uuid: string } | { name: string; version: string; isLatest: boolean }

const POLL_MS = 400
const GIVE_UP_MS = 5 * 60_000

/** Uploads an SBOM and waits until it is processed. Answers the identifier of its project. */
export async function uploadBom(file: File, target: UploadTarget): Promise<string | undefined> {
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
  await processed(token)
  if ('uuid' in target) return target.uuid
  if (projectUuid) return projectUuid
  const project = await rest<Project>('GET', '/project/lookup', {
    query: { name: target.name, version: target.version },
  }).catch(() => undefined)
  return project?.uuid
}

/** Waits for the end of the work. It goes on after a restart of the server: one that does not answer is asked again. */
async function processed(token: string) {
  const end = Date.now() + GIVE_UP_MS
  const isOver = () =>
    rest<{ processing: boolean }>('GET', `/event/token/${token}`).then(
      ({ processing }) => !processing,
      (error) => {
        if (!toAppError(error).retryable) throw error
        return false
      },
    )
  while (!(await isOver())) {
    if (Date.now() > end)
      throw new AppError('It is still being processed.', 'TIMEOUT', 'It goes on by itself; look again later.')
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}
