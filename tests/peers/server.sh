# shellcheck shell=bash
# Sourced by the peer scripts: starts the real program on a free port with a directory of its own, and cleans up.
# Sets: base, host_port, key, scratch.

scratch=$(mktemp -d)
pids=()

free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'; }
remember() { pids+=("$1"); }

# until_ok SECONDS COMMAND…: repeats the command until it succeeds.
until_ok() {
    local left=$(($1 * 10)); shift
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        if [ "$left" -le 0 ]; then echo "gave up waiting for: $*" >&2; return 1; fi
        sleep 0.1
    done
}

# start_server BINARY [NAME=VALUE…]
start_server() {
    local binary=$1; shift
    local port; port=$(free_port)
    key="aios_test_key_$port"
    host_port=127.0.0.1:$port base=http://127.0.0.1:$port
    local keys="{\"peer\":{\"key\":\"$key\",\"tier\":\"internal\",\"workspace\":\"peers\"}}"
    env AIOS_API_KEYS="$keys" LOG_LEVEL=warn "$@" \
        "$binary" serve --bind "$host_port" --data-dir "$scratch/data" >"$scratch/server.out" 2>"$scratch/server.log" &
    remember $!
    until_ok 20 "$binary" healthcheck --url "$base" || { cat "$scratch/server.log" >&2; return 1; }
}

stop_all() {
    local pid
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    rm -rf "$scratch"
}
