#!/usr/bin/env bash
# The official TypeScript SDKs walk the tools: SDK v1 (legacy), client v2 as legacy, auto and 2026-07-28.
# Usage: tests/peers/clients.sh PATH_TO_BINARY. Exit 77: no node, or the packages cannot be installed.
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=$(realpath "${1:-target/release/aios-lovable-mcp}")
command -v node >/dev/null || { echo "node is not installed"; exit 77; }
cache="${CARGO_TARGET_DIR:-target}/peers/clients"
mkdir -p "$cache"
cp tests/peers/clients/* "$cache/"
(cd "$cache" && npm install --no-audit --no-fund --silent) || { echo "npm install failed"; exit 77; }
# shellcheck source=tests/peers/server.sh
. tests/peers/server.sh
trap stop_all EXIT
start_server "$binary"
failed=0
walk() { echo "== $1"; shift; (cd "$cache" && env BEARER="$key" "$@" "$base/mcp") || failed=1; }
walk "SDK v1" node ts1_client.mjs
for era in legacy auto 2026-07-28; do walk "client v2, $era" ERA=$era node ts2_client.mjs; done
exit $failed
