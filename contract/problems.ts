/**
 * The problem catalogue: every way in which a request can be refused, by its stable code.
 * `status` is the HTTP status of the answer, `title` the sentence that never varies, `help` what
 * the caller can do. The wire form is RFC 9457 (`application/problem+json`).
 */
export interface Problem {
  readonly status: number
  readonly title: string
  readonly help: string
}

export const problems = {
  // The request itself
  request_malformed: {
    status: 400,
    title: 'The request is not valid HTTP',
    help: 'Check the request line, the headers and the percent-encoding of the path.',
  },
  body_malformed: {
    status: 400,
    title: 'The body is not the JSON it should be',
    help: 'Send UTF-8 JSON without NUL characters, lone surrogates, forbidden keys such as __proto__, or nesting deeper than 32.',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large',
    help: 'Send less than 256 KiB, or less than 4 MiB to a batch endpoint.',
  },
  media_type_unsupported: {
    status: 415,
    title: 'The media type is not supported',
    help: 'Send the body with Content-Type: application/json.',
  },
  validation_failed: {
    status: 422,
    title: 'The request does not have the shape it should have',
    help: 'Each item of `errors` points at one fault.',
  },
  route_not_found: {
    status: 404,
    title: 'There is no such route',
    help: 'See /openapi.json for the routes there are.',
  },
  method_not_allowed: {
    status: 405,
    title: 'The route does not take this method',
    help: 'The Allow header lists the methods it takes.',
  },
  request_timeout: {
    status: 408,
    title: 'The request did not arrive in time',
    help: 'Send the whole request within 30 seconds.',
  },

  // Who is asking
  api_key_missing: {
    status: 401,
    title: 'An API key is needed',
    help: 'Send it as Authorization: Bearer <api key>.',
  },
  api_key_invalid: {
    status: 401,
    title: 'The API key is not known or was revoked',
    help: 'Check the key, or create one with `npm run keys -- create`.',
  },
  scope_missing: {
    status: 403,
    title: 'The API key does not have the scope for this',
    help: 'Use a key that has the scope named in `detail`.',
  },

  // Idempotency
  idempotency_key_missing: {
    status: 422,
    title: 'An Idempotency-Key header is needed',
    help: 'Send a new unique value, such as a UUID, for each new operation, and the same one when you retry it.',
  },
  idempotency_key_invalid: {
    status: 422,
    title: 'The Idempotency-Key is not valid',
    help: 'Send 1 to 255 visible ASCII characters.',
  },
  idempotency_key_reused: {
    status: 409,
    title: 'The Idempotency-Key was used for another request',
    help: 'Use a new key for a new operation; `fields` names what differs from the first request.',
  },

  // Money
  insufficient_balance: {
    status: 400,
    title: 'The balance does not cover the amount',
    help: '`available_cents` and `required_cents` say what is there and what is needed.',
  },
  balance_limit_exceeded: {
    status: 400,
    title: 'The balance would pass the largest amount that can be kept',
    help: 'A balance is at most 9007199254740991 minor units.',
  },
  entry_not_found: {
    status: 404,
    title: 'There is no such ledger entry',
    help: 'Check the entry id.',
  },
  entry_not_reversible: {
    status: 409,
    title: 'Entries of this kind cannot be reversed',
    help: 'Reverse the original credit or debit; a reversal or a confirmation cannot be reversed itself.',
  },
  already_reversed: {
    status: 409,
    title: 'The entry is already reversed as a whole',
    help: 'Nothing is left to reverse.',
  },
  reversal_exceeds_entry: {
    status: 409,
    title: 'More would be reversed than is left of the entry',
    help: '`reversible_cents` says how much is left.',
  },
  entry_not_pending: {
    status: 409,
    title: 'The entry is not a pending credit',
    help: 'Only a credit posted with reward_status "pending" can be confirmed.',
  },
  already_confirmed: {
    status: 409,
    title: 'Nothing of the credit is pending any more',
    help: 'It was confirmed before.',
  },
  already_expired: {
    status: 409,
    title: 'What was left of the credit has expired',
    help: 'Nothing of it is there any more; post a new credit if the user is to have it.',
  },
  not_due: {
    status: 409,
    title: 'The time for this has not come yet',
    help: 'The credit says when it matures and when it expires.',
  },
  expiry_in_past: {
    status: 400,
    title: 'The credit would have expired already',
    help: 'Send an expires_at that lies in the future.',
  },
  expiring_credits_exceeded: {
    status: 409,
    title: 'The user has too many credits that expire',
    help: 'At most 1000 credits with an expires_at of their own may be unspent at a time.',
  },
  effective_at_in_future: {
    status: 400,
    title: 'The entry would count before it is written',
    help: 'Send an effective_at that is not in the future, or none.',
  },
  effective_before_original: {
    status: 400,
    title: 'The reversal would count before the entry that it reverses',
    help: 'Send an effective_at that is not before that of the entry.',
  },
  period_closed: {
    status: 409,
    title: 'The period is closed',
    help: 'Send an effective_at after the end of the last closed period, or none.',
  },
  period_not_over: {
    status: 400,
    title: 'The period is not over yet',
    help: 'Send an end that lies in the past.',
  },
  account_quarantined: {
    status: 409,
    title: 'The account is in quarantine',
    help: 'Its balance did not match its entries. Nothing was done; retry with the same key once an operator has settled it.',
  },
  account_not_quarantined: {
    status: 409,
    title: 'The account is not in quarantine',
    help: 'GET /api/v1/ledger/quarantines lists those that are.',
  },
  account_still_faulty: {
    status: 409,
    title: 'The account still contradicts itself',
    help: 'Mend it first, or send `force: true` with the reason why it may be posted to as it is.',
  },
  batch_aborted: {
    status: 409,
    title: 'Another operation of the atomic batch was refused',
    help: 'Nothing of the batch was posted and this key stays free; mend the refused operation and send the batch again.',
  },

  // Adjustments
  adjustment_not_found: {
    status: 404,
    title: 'There is no such adjustment',
    help: 'Check the adjustment id.',
  },
  adjustment_already_decided: {
    status: 409,
    title: 'The adjustment is not waiting for a decision any more',
    help: '`detail` says what became of it. Propose a new one if it is still needed.',
  },
  approval_by_proposer: {
    status: 403,
    title: 'Nobody decides on an adjustment of their own',
    help: 'Have a second person approve or reject it, with an API key of another owner, or withdraw it.',
  },
  withdrawal_by_other: {
    status: 403,
    title: 'Only its proposer can withdraw an adjustment',
    help: 'Reject it instead, with a key that has the scope adjustments:approve.',
  },

  // Tamper evidence
  entry_not_sealed: {
    status: 409,
    title: 'The entry is not in the log yet',
    help: 'Entries are sealed a moment after they were posted; ask again after the time in Retry-After.',
  },
  log_empty: {
    status: 404,
    title: 'Nothing is in the log yet',
    help: 'The first head is signed a moment after the first entry was posted.',
  },
  tree_size_unknown: {
    status: 404,
    title: 'The log has no tree of this size',
    help: 'Ask for sizes from 1 to the tree_size of the newest head, `from` not above `to`.',
  },

  // Events and rules
  event_id_reused: {
    status: 409,
    title: 'The event id was used for another event',
    help: 'An id belongs to one event of its source for ever; send a new event under a new id.',
  },
  event_not_found: {
    status: 404,
    title: 'There is no such event',
    help: 'Check the event id and its source.',
  },
  rule_not_found: { status: 404, title: 'There is no such rule', help: 'Check the rule id.' },
  rule_invalid: {
    status: 422,
    title: 'The rule cannot be understood',
    help: 'Each item of `errors` points at one fault.',
  },
  rule_version_not_found: {
    status: 404,
    title: 'The rule has no such version',
    help: 'GET /api/v1/rules/{id}/versions lists those that there are.',
  },
  rule_changed: {
    status: 412,
    title: 'The rule was changed since you saw it',
    help: 'Read it again, with its new ETag, and decide anew; `revision` says which it is now.',
  },
  rule_state: {
    status: 409,
    title: 'The rule is not in a state in which this can be done',
    help: '`state` says which state that is, and `possible` what can be done in it.',
  },
  rule_warnings: {
    status: 409,
    title: 'There are warnings that nobody has acknowledged',
    help: 'Read each item of `errors`, then mend the rule or publish with their codes in `acknowledge`.',
  },
  rule_approval_missing: {
    status: 409,
    title: 'The version needs the approval of a second person',
    help: 'Have somebody else approve it, with an API key of another owner than those of its author and last editor.',
  },
  approval_by_author: {
    status: 403,
    title: 'Nobody approves a version of their own',
    help: 'Have a second person approve it, with an API key of another owner.',
  },
  test_case_not_found: {
    status: 404,
    title: 'The rule has no such test case',
    help: 'GET /api/v1/rules/{id}/test-cases lists those that there are.',
  },
  test_cases_red: {
    status: 409,
    title: 'Test cases of the rule do not come out as they should',
    help: 'Each item of `errors` names one; POST /api/v1/rules/{id}/test-cases/run shows expected and actual outcome with the trace.',
  },
  test_cases_exceeded: {
    status: 409,
    title: 'The rule has as many test cases as it can have',
    help: 'Delete some that you do not need any more; a rule has at most 500.',
  },
  event_type_not_found: {
    status: 404,
    title: 'There is no such type of events',
    help: 'Register it by PUT /api/v1/event-types/{type}.',
  },
  event_type_unseen: {
    status: 404,
    title: 'No event of this type is stored',
    help: 'Send one first, or write the schema by hand.',
  },
  event_types_exceeded: {
    status: 409,
    title: 'As many types of events are registered as can be',
    help: 'Delete some that you do not need any more; there are at most 1000.',
  },
  event_schema_invalid: {
    status: 422,
    title: 'The schema of the type cannot be used',
    help: 'Each item of `errors` points at one fault.',
  },
  simulation_not_found: {
    status: 404,
    title: 'There is no such simulation',
    help: 'Check the id; of those that have ended only the newest are kept.',
  },
  simulation_finished: {
    status: 409,
    title: 'The simulation has ended',
    help: 'Only one that waits or runs can be cancelled; read its result.',
  },
  simulations_exceeded: {
    status: 429,
    title: 'Too many simulations are under way',
    help: 'Wait until one has ended, or cancel one.',
  },
  sentence_unclear: {
    status: 422,
    title: 'The sentence cannot be read as a rule for sure',
    help: 'Answer what `questions` asks by saying it in the sentence, or write the rule as JSON.',
  },
  key_not_found: { status: 404, title: 'There is no such API key', help: 'Check the key id.' },

  // The service
  journal_overloaded: {
    status: 503,
    title: 'The ledger has more work than it can take now',
    help: 'Nothing was done; retry with the same key after the time in Retry-After.',
  },
  outcome_unknown: {
    status: 503,
    title: 'It is not known yet whether the operation was done',
    help: 'Retry with the same Idempotency-Key: the answer will be the true one.',
  },
  database_unavailable: {
    status: 503,
    title: 'The database cannot be reached',
    help: 'Retry after the time in Retry-After.',
  },
  shutting_down: {
    status: 503,
    title: 'The service is stopping',
    help: 'Nothing was done; retry on another instance or after the restart.',
  },
  internal_error: {
    status: 500,
    title: 'Something went wrong on our side',
    help: 'Retry with the same Idempotency-Key; report the request_id if it stays.',
  },
} as const satisfies Record<string, Problem>

export type ProblemCode = keyof typeof problems
