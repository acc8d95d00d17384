import clsx from 'clsx'
import type { IssueStatusLabel } from '@/graphql/generated/graphql'
import classes from './Status.module.css'
import { STATUS_LABEL } from './status'

const TONE: Record<IssueStatusLabel, string | undefined> = {
  DRAFT: classes.quiet,
  CREATED: classes.open,
  IDENTIFIED: classes.open,
  IN_PROGRESS: classes.moving,
  AWAITING_VALIDATION: classes.moving,
  FIX_ACCEPTED: classes.done,
  RISK_ACCEPTED: classes.decided,
  FALSE_POSITIVE: classes.decided,
  SUPPRESSED: classes.quiet,
}

export function StatusBadge({ status }: { status: IssueStatusLabel }) {
  return <span className={clsx(classes.status, TONE[status])}>{STATUS_LABEL[status]}</span>
}
