/** What Fern & Finch sells, where, and how busy its year is. All of it is invented. */

export const currency = 'USD'

export interface Article {
  readonly sku: string
  readonly name: string
  readonly unitCents: number
}

export const homeArticles: readonly Article[] = [
  { sku: 'PL-MONSTERA', name: 'Monstera deliciosa', unitCents: 4_900 },
  { sku: 'PL-FIDDLE', name: 'Fiddle-leaf fig', unitCents: 8_900 },
  { sku: 'PL-SNAKE', name: 'Snake plant', unitCents: 2_900 },
  { sku: 'PL-FERN', name: 'Boston fern', unitCents: 2_400 },
  { sku: 'PL-OLIVE', name: 'Olive tree, 120 cm', unitCents: 12_900 },
  { sku: 'PT-TERRA', name: 'Terracotta pot', unitCents: 2_200 },
  { sku: 'PT-GLAZED', name: 'Glazed pot “Teal”', unitCents: 3_800 },
  { sku: 'FD-FINCH', name: 'Finch feeder', unitCents: 3_100 },
]

export const officeArticles: readonly Article[] = [
  { sku: 'OF-LOBBY', name: 'Lobby set', unitCents: 64_900 },
  { sku: 'OF-MEETING', name: 'Meeting room set', unitCents: 38_900 },
  { sku: 'OF-WALL', name: 'Green wall module', unitCents: 52_900 },
]

/** Costs exactly the threshold of the rule "First Purchase Bonus", which asks for more than that. */
export const greenWallDeposit: Article = {
  sku: 'OF-DEPOSIT',
  name: 'Green wall, deposit',
  unitCents: 100_000,
}

export const homePlans = [
  { plan: 'sprout', monthlyCents: 1_900 },
  { plan: 'fern', monthlyCents: 3_400 },
  { plan: 'jungle', monthlyCents: 5_900 },
] as const
export const officePlan = { plan: 'office', monthlyCents: 24_900 } as const

/** Sign-ups of each month: gifts before the holidays, a quiet January, spring, a dry summer. */
export const signUpsByMonth: readonly (readonly [year: number, month: number, signUps: number])[] =
  [
    [2025, 11, 44],
    [2025, 12, 40],
    [2026, 1, 18],
    [2026, 2, 22],
    [2026, 3, 38],
    [2026, 4, 46],
    [2026, 5, 42],
    [2026, 6, 26],
    [2026, 7, 16],
    [2026, 8, 18],
    [2026, 9, 28],
    [2026, 10, 30],
  ]

export const yearStartMs = Date.UTC(2025, 10, 1)
export const yearEndMs = Date.UTC(2026, 10, 1)

export const cities = ['Portland', 'Austin', 'Boston', 'Denver', 'Seattle', 'Chicago', 'Montréal']
export const channels = ['link', 'code', 'qr-card'] as const

export const firstNames =
  'Ada Amir Anya Beatriz Ben Chiara Chloé Daniel Deepa Elif Emma Farah Felix Grace Hana Hugo Ines Ivan Jonas Julia Kai Kofi Lena Liam Łucja Maja Marco Mei Mina Nadia Noah Nora Olga Omar Priya Quinn Rosa Samir Sofia Søren Tara Theo Uma Victor Wanda Yara Yusuf Zoë'.split(
    ' ',
  )
export const lastNames =
  'Abbott Baker Castillo Diaz Eriksen Fischer Garcia Haddad Ito Jansen Kaur Lopez Müller Novak Okafor Patel Quiroga Rossi Silva Tanaka Usman Vargas Weber Xu Young Zhang'.split(
    ' ',
  )
