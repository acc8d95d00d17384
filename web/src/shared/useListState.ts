import { useNavigate } from '@tanstack/react-router'
import { useCallback } from 'react'

/**
 * Changes the list state of the current page in the address. Anything but a change of page goes back to the first
 * page. Typing in a search does not fill the history.
 */
export function useListState<Search extends object>() {
  const navigate = useNavigate()
  return useCallback(
    (change: Partial<Search>) => {
      const toFirst = 'page' in change || 'issue' in change ? {} : { page: undefined }
      void navigate({
        to: '.',
        search: ((before: object) => ({ ...before, ...toFirst, ...change })) as never,
        replace: 'q' in change,
        resetScroll: false,
      })
    },
    [navigate],
  )
}
