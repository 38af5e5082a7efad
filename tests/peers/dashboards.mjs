// Executes every expression of the dashboards against a Prometheus and asks for a finite number from each.
// Usage: node dashboards.mjs PROMETHEUS_URL ready | wait EXPRESSION | check DASHBOARD…
import { readFileSync } from 'node:fs';

const [base, command, ...rest] = process.argv.slice(2);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

async function query(expression) {
  const answer = await fetch(`${base}/api/v1/query?query=${encodeURIComponent(expression)}`);
  const body = await answer.json();
  if (body.status !== 'success') throw new Error(body.error);
  return body.data.result.map((row) => Number(row.value[1]));
}

async function until(what, probe) {
  for (let tries = 0; tries < 150; tries += 1) {
    if (await probe().catch(() => false)) return;
    await sleep(200);
  }
  console.error(`gave up waiting for ${what}`);
  process.exit(1);
}

async function check(paths) {
  let total = 0, failed = 0;
  for (const path of paths) {
    for (const panel of JSON.parse(readFileSync(path, 'utf8')).panels) {
      for (const target of panel.targets ?? []) {
        const expression = target.expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*');
        const numbers = await query(expression).catch((error) => [error.message]);
        total += 1;
        if (numbers.some(Number.isFinite)) continue;
        failed += 1;
        console.log(`FAIL ${panel.title}: ${expression}: ${numbers.join(', ') || 'no data'}`);
      }
    }
  }
  console.log(`${total - failed} of ${total} dashboard expressions give data`);
  process.exit(failed ? 1 : 0);
}

if (command === 'ready') await until('Prometheus', async () => (await fetch(`${base}/-/ready`)).ok);
if (command === 'wait') await until(rest[0], async () => (await query(rest[0])).length > 0);
if (command === 'check') await check(rest);
