import * as h5 from 'h5wasm/node';
import fs from 'node:fs';
await h5.ready;
const w=(p,n)=>{ const f=new h5.File(p,'w',{libver:'v110'}); try{ const d=new Float64Array(n); for(let i=0;i<n;i++)d[i]=Math.random(); 
 f.create_dataset({name:'x',data:d,shape:[n/3,3],maxshape:[null,3],chunks:[1024,3],compression:'gzip',compression_opts:[4]});
 f.create_attribute('format','abc'); } finally { console.log('close',f.close()); } };
w('/tmp/d1/ok.h5',30000); console.log(fs.statSync('/tmp/d1/ok.h5').size);
try { w('/tmp/d1/tiny/x.h5',60000); console.log('no error'); } catch(e){ console.log('ERR',e.constructor.name,e.message.slice(0,1500)); }
console.log(fs.existsSync('/tmp/d1/tiny/x.h5') && fs.statSync('/tmp/d1/tiny/x.h5').size);
fs.rmSync('/tmp/d1/tiny/x.h5',{force:true});
try { w('/tmp/d1/tiny/x.h5',300); console.log('second fine'); } catch(e){ console.log('ERR2',e.message.slice(0,500)); }
try { w('/tmp/d1/ok.h5/x.h5',300); console.log('no error'); } catch(e){ console.log('ERR3',e.constructor.name,e.message.slice(0,300)); }
// truncated
const b=fs.readFileSync('/tmp/d1/ok.h5');
for (const cut of [0,4,8,50,96,500,2000,b.length-1000,b.length-1]) { fs.writeFileSync('/tmp/d1/t.h5',b.subarray(0,cut)); try{ const f=new h5.File('/tmp/d1/t.h5','r'); const v=f.get('x')?.value; console.log(cut,'opened',v?.length); f.close(); }catch(e){ console.log(cut,'ERR',e.message.slice(0,120)); } }
const b2=Buffer.from(b); for(let i=5000;i<5100;i++) b2[i]^=0x55; fs.writeFileSync('/tmp/d1/t.h5',b2); try{ const f=new h5.File('/tmp/d1/t.h5','r'); const v=f.get('x').value; console.log('corrupt opened',v?.length); f.close(); }catch(e){ console.log('corrupt ERR',e.message.slice(0,300)); }
console.log(b.subarray(0,64).toString('hex'));
