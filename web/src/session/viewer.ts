import { useLocalStorage } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { gql } from '@/graphql/client'
import { ViewerDocument } from '@/graphql/generated/graphql'

/** Who is signed in, and the companies of the platform that they belong to. */
export function useViewer() {
  return useQuery({
    queryKey: ['viewer'],
    queryFn: () => gql(ViewerDocument, {}),
    select: (data) => data.viewer,
    staleTime: 60_000,
  })
}

/** The company whose assets are shown: the one chosen last, else the first. */
export function useCompany() {
  const viewer = useViewer()
  const [chosen, choose] = useLocalStorage<string | null>({ key: 'twintrack.company', defaultValue: null })
  const memberships = viewer.data?.companies ?? []
  const membership = memberships.find((one) => one.company.id === chosen) ?? memberships[0]
  return { viewer, memberships, choose, company: membership?.company, role: membership?.role }
}
