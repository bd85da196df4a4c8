import type { Client } from '@pineos/contract/client.ts'
import type { RouteName } from '@pineos/contract/routes.ts'
import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { useSession } from './session.tsx'

const refetchMs = 10_000

type Request<Name extends RouteName> = Parameters<Client[Name]>[0]
type Answer<Name extends RouteName> = Awaited<ReturnType<Client[Name]>>['body']

/** The answer of a route, asked again every few seconds while the page is looked at. */
export function useApi<Name extends RouteName>(
  name: Name,
  request: Request<Name>,
): UseQueryResult<Answer<Name>> {
  const { client } = useSession()
  // The table pairs the route with its request and its answer; a lookup by a generic name loses that.
  const call = client[name] as (request: Request<Name>) => Promise<{ readonly body: Answer<Name> }>
  return useQuery({
    queryKey: [name, request],
    queryFn: async () => (await call(request)).body,
    refetchInterval: refetchMs,
  })
}
