/** The mark: two tracks side by side. */
export function Logo({ size = 26 }: { size?: number }) {
  return (
    <svg role="presentation" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#2b4ca3" />
      <path d="M6 18.5C16 18.5 15 9 26 9" fill="none" stroke="#fff" strokeWidth="3" strokeLinecap="round" />
      <path
        d="M6 25C19 25 17 15.5 26 15.5"
        fill="none"
        stroke="#8fd0c8"
        strokeWidth="3"
        strokeLinecap="round"
      />
    </svg>
  )
}
