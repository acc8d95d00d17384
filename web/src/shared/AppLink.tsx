import { Anchor, type AnchorProps } from '@mantine/core'
import { createLink } from '@tanstack/react-router'
import { type AnchorHTMLAttributes, forwardRef } from 'react'

type Props = Omit<AnchorProps, 'href'> & AnchorHTMLAttributes<HTMLAnchorElement>

const Base = forwardRef<HTMLAnchorElement, Props>((props, ref) => (
  <Anchor ref={ref} c="var(--tt-link)" size="sm" {...(props as object)} />
))
Base.displayName = 'AppLink'

/** A link to a page of this application. */
export const AppLink = createLink(Base)
