import { expect, it } from 'vitest'
import { html } from './html.ts'

it('escapes whatever is put into a template, in texts and in attributes', () => {
  const hostile = `<script>alert('1')</script>" onload="x & y`
  const { markup } = html`<a title="${hostile}">${hostile}</a>`
  const text = '&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot; onload=&quot;x &amp; y'
  expect(markup).toBe(`<a title="${text}">${text}</a>`)
})

it('takes what a template has made as it is, alone and in lists', () => {
  const cells = ['a<', 'b'].map((cell) => html`<td>${cell}</td>`)
  expect(html`<tr>${cells}${html`<td>${1}</td>`}</tr>`.markup).toBe(
    '<tr><td>a&lt;</td><td>b</td><td>1</td></tr>',
  )
})
