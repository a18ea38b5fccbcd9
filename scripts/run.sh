#!/bin/sh
# Runs scripts/<command>.ts with the Node that this project pins. Plain sh, since the machine's own Node may be too old to
# read anything here. Prints on stderr only: stdout belongs to the command (`--json`).
set -eu

fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# 22.18 is the first Node that runs TypeScript without a flag.
new_enough() {
  version=$("$1" -p 'process.versions.node' 2>/dev/null) || return 1
  major=${version%%.*}
  rest=${version#*.}
  minor=${rest%%.*}
  [ "$major" -gt 22 ] || { [ "$major" -eq 22 ] && [ "$minor" -ge 18 ]; }
}

# npm with what it says on stderr. --loglevel: a silent npm of the person who calls must not hide why an installation failed.
npm_quietly() {
  npm "$@" --no-audit --no-fund --loglevel=error >&2
}

cd "$(dirname "$0")/.."
command=${1:-}
case $command in
  '' | *[!a-z0-9-]*) printf 'Usage: sh scripts/run.sh <command> [arguments]; commands are the files scripts/*.ts\n' >&2; exit 2 ;;
esac
[ -f "scripts/$command.ts" ] || { printf 'There is no scripts/%s.ts.\n' "$command" >&2; exit 2; }
shift

# Tests and tools that npm runs inherit its settings; none of them may reach an npm that is called here.
unset npm_config_json npm_config_dry_run npm_config_omit npm_config_global 2>/dev/null || true

node=node_modules/.bin/node
mark=node_modules/.package-lock.json
install_needed=
if [ ! -f "$mark" ]; then
  install_needed=ci
elif [ -n "$(find package-lock.json -newer "$mark")" ]; then
  install_needed=install
fi
if [ -n "$install_needed" ]; then
  command -v npm >/dev/null 2>&1 || fail 'npm is not installed. Install Node.js with npm (on Debian: apt-get install npm), then start again.'
  printf '• Installing the npm packages (npm %s) …\n' "$install_needed" >&2
  # "install" keeps what is there, since other processes may be using it; --no-save leaves package-lock.json alone.
  if [ "$install_needed" = ci ]; then
    npm_quietly ci || fail 'npm ci failed. Check that the npm registry can be reached, run "npm ci" by hand, then start again.'
  else
    npm_quietly install --no-save || fail 'npm install failed. Check that the npm registry can be reached, run "npm install" by hand, then start again.'
  fi
  touch "$mark"
fi

if ! new_enough "$node"; then
  # The package "node" fetches its program in an install script; npm skips that without a word when scripts are forbidden.
  printf '• Fetching Node (install script of the package "node") …\n' >&2
  npm_quietly rebuild node --ignore-scripts=false || true
fi
if ! new_enough "$node"; then
  found=$("$node" -p 'process.versions.node' 2>/dev/null || echo none)
  fail "Millwright needs Node 22.18 or newer in node_modules/.bin/node; found: $found. It comes with the npm package \"node\", whose install
script was not run or failed. Allow it (package.json has \"allowScripts\": {\"node\": true}; remove ignore-scripts=true from your
npm settings), delete the directory node_modules, and start again. This works on Linux and macOS on x64 and arm64."
fi

PATH="$PWD/node_modules/.bin:$PATH"
export PATH
exec "$node" "scripts/$command.ts" "$@"
