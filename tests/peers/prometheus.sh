#!/usr/bin/env bash
# A real Prometheus scrapes a real server that has run a job; every expression of every dashboard must give a number.
# Usage: tests/peers/prometheus.sh PATH_TO_BINARY. Exit 77: Prometheus is not installed.
set -euo pipefail
cd "$(dirname "$0")/../.."
binary=$(realpath "${1:-target/release/aios-lovable-mcp}")
command -v node >/dev/null || { echo "node is not installed"; exit 77; }
command -v prometheus >/dev/null || { echo "prometheus is not installed (apt: prometheus)"; exit 77; }
# shellcheck source=tests/peers/server.sh
. tests/peers/server.sh

trap stop_all EXIT
start_server "$binary" AIOS__telemetry__metrics_token=scrape-me-please-1234
printf 'scrape-me-please-1234' > "$scratch/token"
# The shipped prometheus.yml, with only the address, the token's place and the pace replaced.
sed -e "s#aios-mcp:3000#$host_port#" -e "s#/run/secrets/metrics_token#$scratch/token#" \
    -e 's#scrape_interval: 15s#scrape_interval: 1s#' -e 's#scrape_timeout: 10s#scrape_timeout: 1s#' \
    prometheus.yml > "$scratch/prometheus.yml"
promtool check config "$scratch/prometheus.yml" >/dev/null
prometheus_port=$(free_port)
prometheus --config.file="$scratch/prometheus.yml" --storage.tsdb.path="$scratch/tsdb" --log.level=warn \
    --web.listen-address="127.0.0.1:$prometheus_port" >"$scratch/prometheus.log" 2>&1 &
remember $!
prometheus_url=http://127.0.0.1:$prometheus_port
node tests/peers/dashboards.mjs "$prometheus_url" ready
# Rates need samples before and after something happened: a job, a first scrape, a job, a few more scrapes.
run_job() { "$binary" run "Quiz app with leaderboards, $1" --url "$base" --key "$key" --out "$scratch/out-$1" >/dev/null; }
run_job first
node tests/peers/dashboards.mjs "$prometheus_url" wait aios_build_info
run_job second
node tests/peers/dashboards.mjs "$prometheus_url" wait 'increase(aios_jobs_finished_total{outcome="completed"}[1m]) > 0'
node tests/peers/dashboards.mjs "$prometheus_url" check grafana/dashboards/*.json
