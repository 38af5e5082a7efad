// Shared flow for the JavaScript clients. Adapt names here only.
export const URL_ = process.argv[2] || process.env.URL || 'http://127.0.0.1:8080/mcp';
export const BEARER = process.env.BEARER || '';
export const N = { strategize:'aios_strategize', pipeline:'aios_full_pipeline', status:'aios_get_status', artifact:'aios_get_artifact', cancel:process.env.CANCEL_TOOL||'aios_cancel_job',
  jobId:'jobId', type:'type', phases:['strategy','architecture','ux','code'] };
const TERMINAL = new Set(['completed','succeeded','failed','cancelled','canceled','partial']);
export const sleep = ms => new Promise(r => setTimeout(r, ms));
let fails = 0, passes = 0;
export function check(name, ok, detail='') { ok ? passes++ : fails++; console.log(`${ok?'PASS':'FAIL'} ${name}${detail?` -- ${detail}`:''}`); }
export function note(s) { console.log('INFO ' + s); }
export function finish() { console.log(`RESULT pass=${passes} fail=${fails}`); process.exit(fails?1:0); }
const sc = r => r.structuredContent ?? (() => { try { return JSON.parse(r.content?.find(c=>c.type==='text')?.text) } catch { return {} } })();
// api: listTools(), callTool({name,arguments}, {onprogress})
export async function flow(api) {
  const tools = await api.listTools(); const names = tools.map(t=>t.name);
  check('tools/list has the tools', ['aios_strategize','aios_full_pipeline','aios_get_status','aios_get_artifact'].every(n=>names.includes(n)), names.join(','));
  check('every tool has object inputSchema', tools.every(t=>t.inputSchema?.type==='object'));
  const prog=[]; let r = await api.callTool({name:N.strategize, arguments:{spec:'Quiz app with leaderboards'}}, {onprogress:p=>prog.push(p.progress)});
  check('strategize ok', !r.isError, JSON.stringify(r).slice(0,120));
  check('strategize structuredContent object', r.structuredContent && typeof r.structuredContent==='object');
  check('progress notifications arrive', prog.length>=1, JSON.stringify(prog));
  check('progress strictly increases', prog.every((v,i)=>i===0||v>prog[i-1]));
  r = await api.callTool({name:N.pipeline, arguments:{spec:'Quiz app with leaderboards', phases:N.phases}});
  const job = sc(r); check('pipeline returns jobId at once', !!job[N.jobId], JSON.stringify(job).slice(0,120));
  let s={}, polls=0; const t0=Date.now();
  while (Date.now()-t0 < (+process.env.JOB_TIMEOUT_MS||120000)) { s = sc(await api.callTool({name:N.status, arguments:{[N.jobId]:job[N.jobId]}})); polls++; if (TERMINAL.has(s.status)) break; await sleep(300); }
  check('job completes', ['completed','succeeded'].includes(s.status), `${s.status} after ${polls} polls`);
  for (const ph of N.phases) { const a = await api.callTool({name:N.artifact, arguments:{[N.jobId]:job[N.jobId], [N.type]:ph}}); check(`artifact ${ph}`, !a.isError && a.content?.length>0, (a.content||[]).map(c=>c.type).join('+')); }
  if (names.includes(N.cancel)) { const j2 = sc(await api.callTool({name:N.pipeline, arguments:{spec:'to be cancelled'}})); const c = await api.callTool({name:N.cancel, arguments:{[N.jobId]:j2[N.jobId]}}); check('cancel accepted', !c.isError);
    let st; for (let i=0;i<40;i++){ st=sc(await api.callTool({name:N.status,arguments:{[N.jobId]:j2[N.jobId]}})).status; if (TERMINAL.has(st)) break; await sleep(200);} check('job ends cancelled (or had already completed)', /^(cancel|completed)/.test(st||''), st); } else note(`no ${N.cancel} tool`);
  try { const u = await api.callTool({name:'aios_no_such_tool', arguments:{}}); check('unknown tool -> -32602', false, JSON.stringify(u).slice(0,150)); } catch (e) { check('unknown tool -> -32602', e.code===-32602, `${e.code} ${e.message}`.slice(0,120)); }
  for (const [label,args] of [['missing spec',{}],['wrong type',{spec:42}],['unknown jobId',null]]) {
    try { const u = args ? await api.callTool({name:N.strategize, arguments:args}) : await api.callTool({name:N.status, arguments:{[N.jobId]:'00000000-0000-4000-8000-000000000000'}}); check(`invalid input (${label}) -> isError result`, u.isError===true, (u.content?.[0]?.text||'').slice(0,100)); }
    catch (e) { check(`invalid input (${label}) -> isError result`, false, `protocol error ${e.code} ${e.message}`.slice(0,140)); }
  }
}
export async function authChecks() {
  for (const [label,h] of [['no token',{}],['bad token',{Authorization:'Bearer wrong-token'}]]) {
    const r = await fetch(URL_, {method:'POST', headers:{'content-type':'application/json', accept:'application/json, text/event-stream', ...h}, body: JSON.stringify({jsonrpc:'2.0',id:1,method:'initialize',params:{protocolVersion:'2025-06-18',capabilities:{},clientInfo:{name:'x',version:'1'}}})});
    const w = r.headers.get('www-authenticate')||''; await r.text();
    check(`${label} -> 401`, r.status===401, String(r.status)); check(`${label} -> WWW-Authenticate Bearer`, /^Bearer/i.test(w), w);
    if (label==='bad token') check('bad token -> error="invalid_token"', /error="invalid_token"/.test(w));
  }
}
