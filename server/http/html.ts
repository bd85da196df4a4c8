/** Text that is HTML already; only `html` makes it. */
export interface Markup {
  readonly markup: string
}

type Value = string | number | bigint | Markup | readonly Markup[]

/** HTML from a template: whatever is put into it is escaped, unless it was made by `html` itself. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Markup {
  const pieces = parts.map((part, index) => part + (index in values ? markupOf(values[index]) : ''))
  return { markup: pieces.join('') }
}

function markupOf(value: Value | undefined): string {
  if (value === undefined) return ''
  if (Array.isArray(value)) return value.map(markupOf).join('')
  // Array.isArray does not tell a read-only list from the others.
  return typeof value === 'object' ? (value as Markup).markup : escaped(String(value))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => entities[sign] ?? sign)
}
