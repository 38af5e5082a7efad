#!/usr/bin/env bash
# What `run` leaves behind is a program: it installs, type-checks and builds, and holds what the specification asks for.
# Usage: tests/peers/generated.sh PATH_TO_BINARY [SPEC…]. Exit 77: no node, or the packages cannot be installed.
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=$(realpath "${1:-target/release/aios-lovable-mcp}"); shift || true
command -v node >/dev/null || { echo "node is not installed"; exit 77; }
[ $# -gt 0 ] || set -- "Quiz app with leaderboards and social sharing"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
number=0 outs=()
for spec in "$@"; do
    number=$((number + 1))
    out="$scratch/$number"
    outs+=("$out")
    echo "== ${spec:0:60}"
    "$binary" run "$spec" --out "$out"
    for artifact in requirements.json architecture.json ux-spec.json code.json; do
        node -e 'JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"))' "$out/$artifact"
    done
    # One installation serves all projects whose manifest is the same.
    manifest=$(sha256sum "$out/code/package.json" | cut -c1-16)
    if [ -d "$scratch/modules-$manifest" ]; then
        mv "$scratch/modules-$manifest" "$out/code/node_modules"
    else
        (cd "$out/code" && npm install --no-audit --no-fund --silent) || { echo "npm install failed"; exit 77; }
    fi
    (cd "$out/code" && npm run --silent typecheck && npm run --silent build)
    mv "$out/code/node_modules" "$scratch/modules-$manifest"
done
node tests/peers/generated_check.mjs "${outs[@]}"
echo "$number generated projects type-check and build"
