#!/bin/sh
# Node and npm check and test the JavaScript; the app itself needs neither. Install them where apt can, else say what
# is missing.
set -eu
OLDEST=18

suffices() {
    command -v node >/dev/null && command -v npm >/dev/null &&
        [ "$(node -p 'process.versions.node.split(".")[0]')" -ge "$OLDEST" ]
}

if suffices; then
    exit 0
fi
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq nodejs npm
elif command -v apt-get >/dev/null && command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    sudo apt-get update -qq && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq nodejs npm
fi
if ! suffices; then
    echo "The tests of the JavaScript need Node $OLDEST or newer with npm; install the packages nodejs and npm." >&2
    exit 2
fi
