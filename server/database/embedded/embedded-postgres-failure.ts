/**
 * The embedded PostgreSQL cannot do what was asked. The message is meant for the person who
 * starts the service: it says what was found and what to do about it.
 */
export class EmbeddedPostgresFailure extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EmbeddedPostgresFailure'
  }
}
