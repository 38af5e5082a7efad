// What the generated program must show: each entity of the domain model has a table, a list route, and a form with its
// fields; every requirement names its source or is listed as assumed; and programs of different specifications differ.
// Usage: node generated_check.mjs OUT_DIR…
import { readFileSync, readdirSync, existsSync } from 'node:fs';
import { join } from 'node:path';

let failures = 0;
const fail = (dir, what) => { failures += 1; console.error(`FAILED ${dir}: ${what}`); };
const read = (...parts) => readFileSync(join(...parts), 'utf8');

function source(dir) {
  if (!existsSync(dir)) return '';
  return readdirSync(dir, { withFileTypes: true })
    .map((entry) => (entry.isDirectory() ? source(join(dir, entry.name)) : read(dir, entry.name)))
    .join('\n');
}

function check(dir) {
  const requirements = JSON.parse(read(dir, 'requirements.json'));
  const migrations = source(join(dir, 'code/supabase/migrations'));
  const routes = read(dir, 'code/src/routes.tsx');
  const forms = source(join(dir, 'code/src/components/forms'));
  for (const entity of requirements.domainModel) {
    if (!migrations.includes(`create table public.${entity.table} (`)) fail(dir, `no table for ${entity.name}`);
    const route = `/${entity.table.replaceAll('_', '-')}`;
    for (const path of [route, `${route}/new`, `${route}/:id`]) {
      if (!routes.includes(`"${path}"`)) fail(dir, `no route ${path} for ${entity.name}`);
    }
    // The four columns that every table has are not typed in, and a life cycle is moved on the page of a record.
    const untyped = ['id', 'owner_id', 'created_at', 'updated_at', entity.states?.field];
    for (const field of entity.fields.filter((field) => !untyped.includes(field.name))) {
      if (!new RegExp(`\\b${field.name}\\b`).test(forms)) fail(dir, `no form field ${entity.name}.${field.name}`);
    }
  }
  for (const requirement of requirements.functional) {
    const { origin, quote } = requirement.trace;
    if (origin !== 'assumption' && !quote) fail(dir, `${requirement.id} has no source`);
    if (origin === 'assumption' && !requirements.assumptions?.length) fail(dir, `${requirement.id} is assumed but nothing is listed`);
  }
  console.log(`${dir.split('/').pop()}: ${requirements.product.name}: ${requirements.domainModel.map((e) => e.name).join(', ')}; ${requirements.functional.length} requirements`);
  return JSON.parse(read(dir, 'code.json')).bundleSha256;
}

const dirs = process.argv.slice(2);
const bundles = dirs.map(check);
if (new Set(bundles).size !== bundles.length) fail('all', 'two specifications gave the same program');
console.log(`${dirs.length} programs checked, ${failures} failures`);
process.exit(failures ? 1 : 0);
