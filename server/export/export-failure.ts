/** Why a file cannot be imported, told in a sentence with the number of the line. */
export class ExportFileFailure extends Error {
  constructor(line: number, fault: string) {
    super(`line ${line}: ${fault}`)
  }
}
