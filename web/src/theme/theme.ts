import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

const brand: MantineColorsTuple = [
  '#eef3fd',
  '#dce5f9',
  '#b7c9f0',
  '#8fabe7',
  '#6d91df',
  '#567fd9',
  '#4169c4',
  '#3358b0',
  '#2a4993',
  '#213a77',
]

// Slightly blue greys: calmer than neutral ones next to the severity colours.
const dark: MantineColorsTuple = [
  '#d5dae2',
  '#b0b8c4',
  '#8f99a8',
  '#6b7585',
  '#3c4553',
  '#2d3541',
  '#232a34',
  '#1b212a',
  '#151a21',
  '#0f1318',
]

export const theme = createTheme({
  primaryColor: 'brand',
  respectReducedMotion: true,
  primaryShade: { light: 7, dark: 6 },
  colors: { brand, dark },
  fontFamily:
    'Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif',
  fontFamilyMonospace:
    'ui-monospace, SFMono-Regular, "JetBrains Mono", Menlo, Consolas, "Liberation Mono", monospace',
  defaultRadius: 'sm',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  headings: {
    fontWeight: '620',
    sizes: { h1: { fontSize: '1.375rem' }, h2: { fontSize: '1.0625rem' }, h3: { fontSize: '0.9375rem' } },
  },
  cursorType: 'pointer',
  components: {
    Button: { defaultProps: { size: 'sm' } },
    TextInput: { defaultProps: { size: 'sm' } },
    Menu: { defaultProps: { shadow: 'md' } },
    Tooltip: { defaultProps: { openDelay: 250, withArrow: true } },
    Modal: {
      styles: { title: { fontWeight: 620 } },
      defaultProps: { centered: true, closeButtonProps: { 'aria-label': 'Close' } },
    },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Dismiss' } } },
    Drawer: {
      styles: { title: { fontWeight: 620 } },
      defaultProps: { closeButtonProps: { 'aria-label': 'Close' } },
    },
    // The kit's own has the colour of a card in the dark.
    Pill: {
      styles: {
        root: { backgroundColor: 'light-dark(var(--mantine-color-gray-1), var(--mantine-color-dark-5))' },
      },
    },
    Paper: { defaultProps: { withBorder: true, radius: 'md' } },
  },
})

/** Quiet text keeps a contrast of at least 4.5 on every surface; the kit's own does not. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-dimmed': '#57606d',
    '--mantine-color-placeholder': '#667080',
    '--mantine-color-error': '#c02626',
    '--tt-canvas': '#f5f6f9',
    '--tt-surface': '#ffffff',
    '--tt-line': '#e2e6ec',
    '--tt-link': '#2f53a8',
  },
  dark: {
    '--mantine-color-dimmed': '#a2acba',
    '--mantine-color-placeholder': '#8f99a8',
    '--mantine-color-error': '#ff8a8a',
    '--tt-canvas': '#12161c',
    '--tt-surface': '#1b212a',
    '--tt-line': '#2d3541',
    '--tt-link': '#8fb0f0',
  },
})
