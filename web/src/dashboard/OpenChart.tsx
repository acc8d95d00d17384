import { VisuallyHidden } from '@mantine/core'
import type { DashboardQuery } from '@/graphql/generated/graphql'
import { SEVERITY_LABEL } from '@/shared/severity'
import { niceMax, shortDay, stacked } from './chart'
import classes from './Dashboard.module.css'

type Series = DashboardQuery['openIssuesOverTime']

const WIDTH = 720
const HEIGHT = 220
const LEFT = 40
const BOTTOM = 22

const ORDER = ['notification', 'low', 'medium', 'high', 'critical'] as const

/** Open issues by severity, day by day, one on top of the other. */
export function OpenChart({ series }: { series: Series }) {
  const layers = stacked(ORDER.map((key) => series[key]))
  const top = niceMax(Math.max(0, ...(layers.at(-1) ?? []).map((layer) => layer[1])))
  const count = series.dates.length
  const x = (at: number) => LEFT + (count > 1 ? (at / (count - 1)) * (WIDTH - LEFT) : 0)
  const y = (value: number) => (HEIGHT - BOTTOM) * (1 - value / top)
  const first = series.dates[0] ?? ''
  const last = series.dates.at(-1) ?? ''
  return (
    <figure style={{ margin: 0 }}>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className={classes.chart} aria-hidden="true">
        {[0, top / 2, top].map((value) => (
          <g key={value}>
            <line x1={LEFT} x2={WIDTH} y1={y(value)} y2={y(value)} className={classes.axis} />
            <text
              x={LEFT - 6}
              y={y(value) + (value === top ? 10 : 4)}
              textAnchor="end"
              className={classes.tick}
            >
              {value}
            </text>
          </g>
        ))}
        {ORDER.map((key, at) => {
          const layer = layers[at] ?? []
          const upper = layer.map(([, to], day) => `${x(day)},${y(to)}`)
          const lower = layer.map(([from], day) => `${x(day)},${y(from)}`).reverse()
          return (
            <g key={key} className={classes[key]}>
              <polygon points={[...upper, ...lower].join(' ')} className={classes.area} />
            </g>
          )
        })}
        <text x={LEFT} y={HEIGHT - 5} className={classes.tick}>
          {shortDay(first)}
        </text>
        <text x={WIDTH} y={HEIGHT - 5} textAnchor="end" className={classes.tick}>
          {shortDay(last)}
        </text>
      </svg>
      <VisuallyHidden component="figcaption">
        On {last}:{' '}
        {[...ORDER]
          .reverse()
          .map(
            (key) =>
              `${series[key].at(-1) ?? 0} ${SEVERITY_LABEL[key.toUpperCase() as 'HIGH'].toLowerCase()}`,
          )
          .join(', ')}
      </VisuallyHidden>
    </figure>
  )
}
