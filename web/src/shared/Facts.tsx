import { Box, SimpleGrid, Text } from '@mantine/core'
import { Fragment, type ReactNode } from 'react'
import classes from './Facts.module.css'

/** Values by label, shown in this order. */
export type Facts = Record<string, ReactNode>

const orDash = (value: ReactNode) => (value || value === 0 ? value : '–')

/** Labelled values in columns that fit the width. What has no value shows a dash. */
export function FactGrid({ facts, columns = 4 }: { facts: Facts; columns?: number }) {
  return (
    <SimpleGrid component="dl" cols={{ base: 1, xs: 2, md: columns }} spacing="md" verticalSpacing="sm" m={0}>
      {Object.entries(facts).map(([label, value]) => (
        <Box key={label} miw={0}>
          <Text component="dt" size="xs" c="dimmed">
            {label}
          </Text>
          <Box component="dd" m={0} fz="sm" className={classes.value}>
            {orDash(value)}
          </Box>
        </Box>
      ))}
    </SimpleGrid>
  )
}

/** The same as two columns, label and value, for narrow places. */
export function FactList({ facts }: { facts: Facts }) {
  return (
    <dl className={classes.list}>
      {Object.entries(facts).map(([label, value]) => (
        <Fragment key={label}>
          <Text component="dt" size="sm" c="dimmed">
            {label}
          </Text>
          <Box component="dd" m={0} fz="sm" className={classes.value}>
            {orDash(value)}
          </Box>
        </Fragment>
      ))}
    </dl>
  )
}
