import {
  Alert,
  Button,
  Card,
  Center,
  Code,
  Container,
  PasswordInput,
  Stack,
  Text,
  Title,
} from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { References } from '../components/references.tsx'
import type { SignIn } from '../session/session.tsx'
import { text } from '../text/en.ts'

/** Asks for an API key and tells what is wrong with it. */
export function SignInPage({ reason, take }: SignIn) {
  const [apiKey, setApiKey] = useState('')
  const [isTrying, setTrying] = useState(false)

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setTrying(true)
    await take(apiKey.trim())
    setTrying(false)
  }

  return (
    <Container component="main" size="xs" py="xl">
      <Center mih="80vh">
        <Stack w="100%" align="center">
          <Text fw={700} size="lg">
            {text.product}
          </Text>
          <Card withBorder padding="xl" radius="md" w="100%">
            <Stack component="form" onSubmit={(event) => void submit(event)}>
              <Title order={1} size="h3">
                {text.signIn.title}
              </Title>
              <Text size="sm">
                {text.signIn.whereBefore}
                <Code>{text.signIn.keyFile}</Code>
                {text.signIn.whereAfter}
              </Text>
              <Text size="sm">{text.signIn.kept}</Text>
              <PasswordInput
                label={text.signIn.label}
                value={apiKey}
                onChange={(event) => setApiKey(event.currentTarget.value)}
                autoComplete="off"
                required
              />
              {reason === 'new' ? null : (
                <Alert color="red" role="alert">
                  {text.signIn.reasons[reason]}
                </Alert>
              )}
              <Button type="submit" loading={isTrying}>
                {text.signIn.submit}
              </Button>
            </Stack>
          </Card>
          <References />
        </Stack>
      </Center>
    </Container>
  )
}
