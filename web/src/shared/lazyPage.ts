import { lazyRouteComponent } from '@tanstack/react-router'
import type { ComponentType } from 'react'
import { unreachable } from './error'

/**
 * A page that is loaded when it is opened. When its file is gone, the server is of another release, and the router
 * loads the application anew; but while no server answers, that would lead out of the application.
 */
export const lazyPage = <Name extends string, Page extends Record<Name, ComponentType>>(
  load: () => Promise<Page>,
  name: Name,
) =>
  lazyRouteComponent(
    () =>
      load().catch(async (error: unknown) => {
        const answers = await fetch('/api/version', { cache: 'no-store' }).then(
          ({ ok }) => ok,
          () => false,
        )
        throw answers ? error : unreachable()
      }),
    name,
  )
