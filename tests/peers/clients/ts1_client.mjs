// @modelcontextprotocol/sdk 1.32 (legacy only). usage: BEARER=.. node ts1_client.mjs URL
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { LATEST_PROTOCOL_VERSION, SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js';
import { URL_, BEARER, flow, authChecks, check, note, finish } from './common.mjs';
note(`sdk latest=${LATEST_PROTOCOL_VERSION} supported=${SUPPORTED_PROTOCOL_VERSIONS}`);
const mk = t => new StreamableHTTPClientTransport(new URL(URL_), {requestInit:{headers:{Authorization:`Bearer ${t}`}}});
const c = new Client({name:'ts1-walk',version:'1'},{capabilities:{}}); const tr = mk(BEARER);
await c.connect(tr); note(`session=${tr.sessionId} proto=${tr.protocolVersion} server=${JSON.stringify(c.getServerVersion())}`);
await flow({ listTools: async()=>(await c.listTools()).tools, callTool:(p,o={})=>c.callTool(p, undefined, o) });
if (c.getServerCapabilities()?.tasks) { note('server has 2025-11-25 experimental tasks: exercising callToolStream');
  let id, done; for await (const m of c.experimental.tasks.callToolStream({name:'aios_full_pipeline',arguments:{spec:'legacy task'}}, undefined, {task:{ttl:60000}})) { if (m.type==='taskCreated') id=m.task.taskId; if (m.type==='result') done=m.result; }
  check('legacy experimental task', !!id && !!done, id); }
try { const b=new Client({name:'x',version:'1'}); await b.connect(mk('wrong-token')); check('bad token rejects connect', false); } catch(e){ check('bad token rejects connect', e.code===401||/401|Unauthor/i.test(e.message), `${e.constructor.name} ${e.code} ${e.message}`.slice(0,140)); }
await authChecks(); if (tr.sessionId) { const sid=tr.sessionId; await tr.terminateSession(); const r=await fetch(URL_,{method:'POST',headers:{'content-type':'application/json',accept:'application/json, text/event-stream','mcp-session-id':sid,'mcp-protocol-version':'2025-11-25',Authorization:`Bearer ${BEARER}`},body:JSON.stringify({jsonrpc:'2.0',id:9,method:'tools/list'})}); check('terminated session -> 404', r.status===404, String(r.status)); await r.text(); }
await c.close(); finish();
