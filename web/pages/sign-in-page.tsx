import {
  Alert,
  Button,
  Card,
  Center,
  Container,
  PasswordInput,
  Stack,
  Text,
  Title,
} from '@mantine/core'
import { useState } from 'react'
import type { SignInResult } from '../session/session.tsx'
import { text } from '../text/en.ts'

/** Asks for an API key and tells what is wrong with it. */
export function SignInPage({ take }: { readonly take: (apiKey: string) => Promise<SignInResult> }) {
  const [apiKey, setApiKey] = useState('')
  const [isTrying, setTrying] = useState(false)
  const [result, setResult] = useState<SignInResult>('accepted')

  const submit = async () => {
    setTrying(true)
    const outcome = await take(apiKey.trim())
    setResult(outcome)
    setTrying(false)
  }

  return (
    <Container component="main" size="xs" py="xl">
      <Center mih="70vh">
        <Card withBorder padding="xl" radius="md" w="100%">
          <form
            onSubmit={(event) => {
              event.preventDefault()
              void submit()
            }}
          >
            <Stack>
              <Title order={1} size="h3">
                {text.signIn.title}
              </Title>
              <Text size="sm">{text.signIn.hint}</Text>
              <PasswordInput
                label={text.signIn.label}
                value={apiKey}
                onChange={(event) => setApiKey(event.currentTarget.value)}
                autoComplete="off"
                required
                data-autofocus
              />
              {result === 'accepted' ? null : (
                <Alert color="red" role="alert">
                  {text.signIn[result]}
                </Alert>
              )}
              <Button type="submit" loading={isTrying} disabled={apiKey.trim() === ''}>
                {text.signIn.submit}
              </Button>
            </Stack>
          </form>
        </Card>
      </Center>
    </Container>
  )
}
