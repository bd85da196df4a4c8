import '@mantine/core/styles.css'
import { MantineProvider } from '@mantine/core'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Frame } from './components/frame.tsx'
import { OverviewPage } from './pages/overview-page.tsx'
import { SignInPage } from './pages/sign-in-page.tsx'
import { SessionProvider } from './session/session.tsx'
import { theme } from './theme.ts'

const root = document.getElementById('root')
if (!root) throw new Error('the page has no root')

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <SessionProvider signIn={(signIn) => <SignInPage {...signIn} />}>
        <Frame>
          <OverviewPage />
        </Frame>
      </SessionProvider>
    </MantineProvider>
  </StrictMode>,
)
