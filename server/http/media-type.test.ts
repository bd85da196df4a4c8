import { describe, expect, it } from 'vitest'
import { preferredMediaType } from './media-type.ts'

const offered = ['application/json', 'text/csv', 'text/html'] as const

describe('the form that an Accept header wants', () => {
  it.each([
    ['a program that says nothing', undefined, 'application/json'],
    ['curl', '*/*', 'application/json'],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html'],
    ['one form', 'text/csv', 'text/csv'],
    ['one form with parameters', 'TEXT/CSV; header=present', 'text/csv'],
    ['several alike: the first offered', 'text/csv, application/json', 'application/json'],
    ['the weightier', 'application/json;q=0.2, text/csv;q=0.9', 'text/csv'],
    ['any text but CSV', 'text/*, text/csv;q=0.1', 'text/html'],
    ['anything but JSON', '*/*, application/json;q=0', 'text/csv'],
    ['nothing that is offered', 'image/png', 'application/json'],
    ['a weight that is none', 'text/csv;q=much, text/html;q=0.1', 'text/html'],
    ['an empty header', '', 'application/json'],
  ])('of %s', (_who, accept, expected) => {
    expect(preferredMediaType(accept, offered)).toBe(expected)
  })
})
