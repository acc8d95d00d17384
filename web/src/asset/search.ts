import { choiceParam, pageParam, textParam } from '@/shared/url'

export const ASSET_SORTS = ['name', 'risk_score', 'business_impact', 'updated_at'] as const

/** State of the asset list in the address. */
export interface AssetsSearch {
  q?: string
  tag?: string
  page?: number
  sort?: (typeof ASSET_SORTS)[number]
  order?: 'ASC' | 'DESC'
}

export function assetsSearch(search: Record<string, unknown>): AssetsSearch {
  return {
    q: textParam(search.q),
    tag: textParam(search.tag),
    page: pageParam(search.page),
    sort: choiceParam(search.sort, ASSET_SORTS),
    order: choiceParam(search.order, ['ASC', 'DESC'] as const),
  }
}
