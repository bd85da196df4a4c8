import { type Client, createClient, ProblemError } from '@pineos/contract/client.ts'
import { createContext, type ReactNode, use, useMemo, useState } from 'react'

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

/**
 * Shows `signIn` until there is a key that works, then the children. The key is in the memory of this
 * page alone: nothing is stored that another page or a later visitor could read.
 */
export function SessionProvider(props: {
  readonly signIn: (take: (apiKey: string) => Promise<SignInResult>) => ReactNode
  readonly children: ReactNode
}) {
  const [client, setClient] = useState<Client>()
  const session = useMemo(() => client && { client, signOut: () => setClient(undefined) }, [client])
  if (session) return <SessionContext value={session}>{props.children}</SessionContext>
  const take = async (apiKey: string): Promise<SignInResult> => {
    const candidate = createClient({ baseUrl: '', apiKey })
    const result = await tryOut(candidate)
    if (result === 'accepted') setClient(() => candidate)
    return result
  }
  return props.signIn(take)
}

export type SignInResult = 'accepted' | 'refused' | 'unreachable'

/** Whether the key may read what the overview shows. */
async function tryOut(client: Client): Promise<SignInResult> {
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
