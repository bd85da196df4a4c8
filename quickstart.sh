#!/usr/bin/env bash
# Checks the version of Node, then does what the README says. --test runs the tests instead.
set -euo pipefail
cd "$(dirname "$0")"

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "Node.js and npm are needed: install Node 20.19 or later from https://nodejs.org" >&2
  exit 1
fi
if ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'; then
  echo "Node $(node --version) is too old: 20.19 or later is needed" >&2
  exit 1
fi

case "${1:-}" in
  "") npm ci && exec npm start ;;
  --test) npm ci && exec npm test ;;
  *) echo "usage: ./quickstart.sh [--test]" >&2; exit 2 ;;
esac
