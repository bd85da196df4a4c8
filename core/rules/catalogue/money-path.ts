/** Numbers that are minor units say so in their names. */
export function isMoneyPath(path: string): boolean {
  return /(^|[._])cents$/.test(path)
}
