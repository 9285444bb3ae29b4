#!/usr/bin/env bash
# Prints where Chromium is. Installs it where apt and root are there; otherwise says in one line how to get it.
set -u
for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
  [ -n "$name" ] && command -v "$name" && exit 0
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends chromium fonts-noto-core; } >&2
  command -v chromium && exit 0
fi
echo "The browser tests need Chromium: install it (Debian: sudo apt-get install chromium) or name it in CHROMIUM=/path." >&2
exit 1
