import { encodingOf } from '/work/wt/formats/backend/processing/encoding/find.ts';
import { decoderOf } from '/work/wt/formats/backend/processing/encoding/decoder.ts';
const rows = JSON.parse(await Deno.readTextFile('/tmp/enc.json'));
const bad: Record<string,string[]> = {}; const n: Record<string,number>={};
const t0=performance.now();
for (const [k,e,v,txt,b64] of rows) {
  const b = Uint8Array.from(atob(b64), c=>c.charCodeAt(0));
  const f = encodingOf(b);
  const got = decoderOf(f.encoding).decode(b.subarray(f.start)).normalize('NFC');
  n[v]=(n[v]??0)+1;
  if (got !== txt.normalize('NFC')||f.doubtful) (bad[v]??=[]).push(`${k}/${e}->${f.encoding}${f.doubtful?' DOUBT':''} ${v==='one'||v=='two'?got:''}`);
}
for (const v in n) console.log(v, n[v]!-(bad[v]?.length??0), '/', n[v], bad[v]?.join('\n    ')??'');
console.log(performance.now()-t0);
