import '@mantine/core/styles.css'
import { MantineProvider } from '@mantine/core'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Frame } from './components/frame.tsx'
import { OverviewPage } from './pages/overview-page.tsx'
import { SignInPage } from './pages/sign-in-page.tsx'
import { SessionProvider } from './session/session.tsx'
import { theme } from './theme.ts'

const root = document.getElementById('root')
if (!root) throw new Error('the page has no root')

// The client repeats what can be repeated by itself.
const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false } } })

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <SessionProvider signIn={(take) => <SignInPage take={take} />}>
          <Frame>
            <OverviewPage />
          </Frame>
        </SessionProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
