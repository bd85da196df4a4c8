import { createHash } from 'node:crypto'

/** The style sheet of a printable statement: A4 with page numbers, on screens down to a phone, light and dark. */
export const statementStyle = `
:root {
  color-scheme: light dark;
  --text: #1a1d21; --muted: #565d66; --line: #c9ced4; --ground: #fff; --head: #f1f3f5;
}
@media (prefers-color-scheme: dark) {
  :root { --text: #e8eaed; --muted: #a9b0b9; --line: #454b53; --ground: #16181b; --head: #22262b; }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 70rem;
  font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground);
}
h1 { font-size: 1.5rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: 0 0 1rem; }
dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
.wide:focus-visible { outline: 2px solid; outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--muted); padding-bottom: .3rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid var(--line); }
thead th { background: var(--head); white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
time span { white-space: nowrap; }
.time { min-width: 10rem; }
.entry { min-width: 8rem; overflow-wrap: anywhere; }
.detail { display: block; font-weight: normal; color: var(--muted); }
.note { border-left: 4px solid var(--muted); padding: .3rem .8rem; }
@media (max-width: 40rem) {
  body { font-size: 13px; padding: 1rem .6rem 2rem; }
  th, td { padding: .3rem; }
  .time { min-width: 5.5rem; }
  .entry { min-width: 6rem; }
}
@page {
  size: A4; margin: 16mm 14mm 20mm;
  @bottom-left { content: "PineOS Referral System"; font: 9pt system-ui, sans-serif; }
  @bottom-right { content: counter(page) " / " counter(pages); font: 9pt system-ui, sans-serif; }
}
@media print {
  :root {
    color-scheme: light;
    --text: #000; --muted: #444; --line: #999; --ground: #fff; --head: #eee;
  }
  body { max-width: none; padding: 0; font-size: 9pt; }
  .wide { overflow: visible; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
  h2 { break-after: avoid; }
}
`

const styleDigest = createHash('sha256').update(statementStyle).digest('base64')

/** Nothing is loaded or run, and this one style sheet alone applies, whatever is in the page. */
export const statementPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${styleDigest}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')
