# Checks the version of Node, then does what the README says. -Test runs the tests instead.
param([switch]$Test)
$ErrorActionPreference = 'Stop'
Set-Location $PSScriptRoot

if (-not (Get-Command node -ErrorAction SilentlyContinue)) {
  Write-Error 'Node.js and npm are needed: install Node 20.19 or later from https://nodejs.org'
  exit 1
}
$version = [version]((node --version).TrimStart('v'))
if ($version -lt [version]'20.19') {
  Write-Error "Node $version is too old: 20.19 or later is needed"
  exit 1
}

npm ci
if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
if ($Test) { npm test } else { npm start }
exit $LASTEXITCODE
