import type { Masking } from './settings.ts'

const mask = '********'

/** The text as people may see it. A URL keeps its user, host and database; its passwords go. */
export function masked(text: string, masking: Masking = 'none'): string {
  if (masking === 'none' || text === '') return text
  if (masking === 'hidden' || !URL.canParse(text)) return mask
  const url = new URL(text)
  if (url.password) url.password = mask
  // Drivers also take `password` and `sslpassword` as parameters.
  for (const name of [...url.searchParams.keys()]) {
    if (/pass/i.test(name)) url.searchParams.set(name, mask)
  }
  return url.href
}
