// Labels products of the dataset argv[2] into the file argv[3]; dies with SIGKILL in the call of the
// calculator whose number is argv[4]. Prints what came of it. Runs the built package.
import fs from 'node:fs';

const [, , dataset, path, deadly = '0'] = process.argv;
const { Dataset } = await import('../../dist/store/dataset.js');
const { labelHessianProducts } = await import('../../dist/hessian/labelHessianProducts.js');
const log = fs.openSync(`${path}.calls`, 'a');
let calls = 0;
const calculator = {
  name: 'springs',
  properties: ['forces'],
  calculate({ positions }) {
    fs.writeSync(log, 'call\n');
    if (++calls === Number(deadly)) process.kill(process.pid, 'SIGKILL');
    return { forces: positions.map((x, k) => -(1 + (k % 5)) * x) };
  },
  dispose() {},
};
const open = await Dataset.open(dataset);
const { hash, products, labels } = await labelHessianProducts({
  dataset: open,
  calculator,
  path,
  directions: 2,
  shardSize: 4,
});
open.close();
process.stdout.write(JSON.stringify({ hash, products, labels }));
