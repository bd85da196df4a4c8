import { type Client, createClient, ProblemError } from '@pineos/contract/client.ts'
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createContext, type ReactNode, use, useState } from 'react'

export interface Session {
  readonly client: Client
  signOut(): void
}

const SessionContext = createContext<Session | undefined>(undefined)

/** The session of the signed-in viewer; only inside SessionProvider with a key. */
export function useSession(): Session {
  const session = use(SessionContext)
  if (!session) throw new Error('there is no session here')
  return session
}

/** Why there is no session: nobody has signed in, the key was refused or revoked, no answer came. */
export type SignedOut = 'new' | 'refused' | 'unreachable' | 'revoked'

export interface SignIn {
  readonly reason: SignedOut
  /** Tries the key and resolves once it is known; the session then begins, or `reason` says why not. */
  take(apiKey: string): Promise<void>
}

interface Opened {
  readonly client: Client
  readonly answers: QueryClient
}

/**
 * Shows `signIn` until there is a key that works, then the children. The key, and every answer that it
 * was given, are in the memory of this page for the time of the session alone: nothing is stored that
 * another page or the next viewer could read.
 */
export function SessionProvider(props: {
  readonly signIn: (signIn: SignIn) => ReactNode
  readonly children: ReactNode
}) {
  const [state, setState] = useState<Opened | SignedOut>('new')

  const take = async (apiKey: string) => {
    const client = createClient({ baseUrl: '', apiKey })
    const result = await tryOut(client)
    setState(
      result === 'accepted'
        ? { client, answers: createAnswers(() => setState('revoked')) }
        : result,
    )
  }
  if (typeof state === 'string') return props.signIn({ reason: state, take })

  const session = { client: state.client, signOut: () => setState('new') }
  return (
    <SessionContext value={session}>
      <QueryClientProvider client={state.answers}>{props.children}</QueryClientProvider>
    </SessionContext>
  )
}

/** Keeps the answers of one session; tells when its key is not taken any more. */
function createAnswers(onRevoked: () => void): QueryClient {
  return new QueryClient({
    // The client repeats what can be repeated by itself.
    defaultOptions: { queries: { retry: false } },
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof ProblemError && error.problem.status === 401) onRevoked()
      },
    }),
  })
}

/** Whether the key may read what the overview shows. */
async function tryOut(client: Client): Promise<'accepted' | 'refused' | 'unreachable'> {
  try {
    await Promise.all([
      client.listEntries({ query: { limit: 1 } }),
      client.listRules({ query: {} }),
    ])
    return 'accepted'
  } catch (error) {
    return error instanceof ProblemError && error.problem.status < 500 ? 'refused' : 'unreachable'
  }
}
