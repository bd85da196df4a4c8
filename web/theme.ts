import { createTheme } from '@mantine/core'

/** Looks that differ from the component library's own. */
export const theme = createTheme({
  primaryColor: 'teal',
  // Dark enough for white text on it, and to be read on white; links on dark have a shade of their own.
  primaryShade: 9,
  defaultRadius: 'md',
})
