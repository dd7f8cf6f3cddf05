const { createTransformer } = require('@swc/jest');

const { constants } = require('./fastGlobals.cjs');

const prelude = constants(['Math', 'Number', 'Infinity', 'NaN']);

module.exports = {
  createTransformer() {
    const swc = createTransformer({
      jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
      module: { type: 'es6' },
    });
    return {
      canInstrument: false,
      getCacheKey: (...args) => swc.getCacheKey(...args) + prelude.length,
      process(source, file, options) {
        const { code, map } = swc.process(source, file, options);
        return { code: prelude + code, map };
      },
    };
  },
};
