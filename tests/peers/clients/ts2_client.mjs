// @modelcontextprotocol/client 2.4. usage: BEARER=.. ERA=legacy|auto|2026-07-28 node ts2_client.mjs URL
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { URL_, BEARER, flow, authChecks, check, note, finish } from './common.mjs';
const era = process.env.ERA || 'auto'; const mode = (era==='legacy'||era==='auto') ? era : {pin: era};
const mk = t => new StreamableHTTPClientTransport(new URL(URL_), {requestInit:{headers:{Authorization:`Bearer ${t}`}}});
const c = new Client({name:'ts2-walk',version:'1'},{versionNegotiation:{mode}});
await c.connect(mk(BEARER)); note(`era=${c.getProtocolEra()} server=${JSON.stringify(c.getServerVersion?.())} caps=${Object.keys(c.getServerCapabilities()||{})}`);
check('era as asked', era==='legacy'? c.getProtocolEra()==='legacy' : c.getProtocolEra()==='modern');
await flow({ listTools: async()=>(await c.listTools()).tools, callTool:(p,o={})=>c.callTool(p, o) });
try { const b=new Client({name:'x',version:'1'},{versionNegotiation:{mode}}); await b.connect(mk('wrong-token')); check('bad token rejects connect', false); } catch(e){ check('bad token rejects connect', /401|Unauthor/i.test(`${e.status||e.data?.status||''} ${e.code} ${e.message}`), `${e.constructor.name} ${e.code} ${e.message}`.slice(0,140)); }
await authChecks(); await c.close(); finish();
