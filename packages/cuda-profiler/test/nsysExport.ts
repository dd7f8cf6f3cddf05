import initSqlJs from 'sql.js';

/**
 * Tables of an export of Nsight Systems as its documentation describes them ("SQLite Schema Reference",
 * 2024.5), with the columns that are read and some that are not.
 */
const SCHEMA = `
  CREATE TABLE StringIds (id INTEGER NOT NULL PRIMARY KEY, value TEXT NOT NULL);
  CREATE TABLE CUPTI_ACTIVITY_KIND_KERNEL (
    start INTEGER NOT NULL, end INTEGER NOT NULL, deviceId INTEGER NOT NULL,
    contextId INTEGER NOT NULL, greenContextId INTEGER, streamId INTEGER NOT NULL,
    correlationId INTEGER, globalPid INTEGER, demangledName INTEGER NOT NULL,
    shortName INTEGER NOT NULL, mangledName INTEGER, gridX INTEGER, gridY INTEGER, gridZ INTEGER,
    blockX INTEGER, blockY INTEGER, blockZ INTEGER, graphNodeId INTEGER);
  CREATE TABLE CUPTI_ACTIVITY_KIND_MEMCPY (
    start INTEGER NOT NULL, end INTEGER NOT NULL, deviceId INTEGER NOT NULL,
    contextId INTEGER NOT NULL, streamId INTEGER NOT NULL, correlationId INTEGER,
    globalPid INTEGER, bytes INTEGER NOT NULL, copyKind INTEGER NOT NULL);
  CREATE TABLE CUPTI_ACTIVITY_KIND_MEMSET (
    start INTEGER NOT NULL, end INTEGER NOT NULL, deviceId INTEGER NOT NULL,
    contextId INTEGER NOT NULL, streamId INTEGER NOT NULL, correlationId INTEGER,
    globalPid INTEGER, value INTEGER NOT NULL, bytes INTEGER NOT NULL);
  CREATE TABLE CUPTI_ACTIVITY_KIND_RUNTIME (
    start INTEGER NOT NULL, end INTEGER NOT NULL, eventClass INTEGER NOT NULL,
    globalTid INTEGER, correlationId INTEGER, nameId INTEGER NOT NULL, returnValue INTEGER);
  CREATE TABLE NVTX_EVENTS (
    start INTEGER NOT NULL, end INTEGER, eventType INTEGER NOT NULL, rangeId INTEGER,
    category INTEGER, color INTEGER, text TEXT, globalTid INTEGER, endGlobalTid INTEGER,
    textId INTEGER, domainId INTEGER);
`;

/** Process 4242, thread 4243, of the first machine: more bits than a number holds exactly. */
const THREAD = '((281474976710656 * 3) + 4242 * 16777216 + 4243)';

const STRINGS = [
  'void gemm_kernel<float, 64>(float const*, float*, int)',
  'gemm_kernel',
  'cudaLaunchKernel_v7000',
  'cudaMemcpyAsync_v3020',
  'interaction0',
];

/**
 * Two steps of 100 us, of which each launches a product of 30 us in the range `interaction0` and a copy of
 * 5 us; the kernel of the first runs until the second step has begun.
 */
const ROWS = [0, 1].flatMap((step) => {
  const at = 1_000_000 + 100_000 * step;
  const id = 10 * step + 1;
  return [
    `INSERT INTO NVTX_EVENTS VALUES (${at}, ${at + 100_000}, 59, NULL, 0, 0, 'step', ${THREAD}, NULL, NULL, 0)`,
    `INSERT INTO NVTX_EVENTS VALUES (${at + 10_000}, ${at + 60_000}, 59, NULL, 0, 0, NULL, ${THREAD}, NULL, 5, 0)`,
    `INSERT INTO CUPTI_ACTIVITY_KIND_RUNTIME VALUES (${at + 20_000}, ${at + 26_000}, 0, ${THREAD}, ${id}, 3, 0)`,
    `INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL VALUES (${at + 85_000}, ${at + 115_000}, 0, 1, NULL, 7, ${id}, NULL, 1, 2, NULL, 1, 1, 1, 64, 1, 1, NULL)`,
    `INSERT INTO CUPTI_ACTIVITY_KIND_RUNTIME VALUES (${at + 70_000}, ${at + 74_000}, 0, ${THREAD}, ${id + 1}, 4, 0)`,
    `INSERT INTO CUPTI_ACTIVITY_KIND_MEMCPY VALUES (${at + 75_000}, ${at + 80_000}, 0, 1, 7, ${id + 1}, NULL, 4096, 2)`,
  ];
});

const OTHERS = [
  // A mark, which has no end, and a name of a domain.
  `INSERT INTO NVTX_EVENTS VALUES (1000000, NULL, 34, NULL, 0, 0, 'mark', ${THREAD}, NULL, NULL, 0)`,
  `INSERT INTO NVTX_EVENTS VALUES (0, NULL, 75, NULL, 0, 0, 'torch', ${THREAD}, NULL, NULL, 1)`,
  'INSERT INTO CUPTI_ACTIVITY_KIND_MEMSET VALUES (900000, 902000, 0, 1, 7, 99, NULL, 0, 64)',
];

/** An export with the given statements after the tables; default: two steps of a model. */
export async function nsysExport(
  statements: readonly string[] = defaultRows(),
): Promise<Uint8Array> {
  const sql = await initSqlJs();
  const database = new sql.Database();
  try {
    for (const statement of statements) database.run(statement);
    return database.export();
  } finally {
    database.close();
  }
}

/** Tables and rows of the default. */
function defaultRows(): string[] {
  const strings = STRINGS.map((value, k) => `INSERT INTO StringIds VALUES (${k + 1}, '${value}')`);
  return [SCHEMA, ...strings, ...ROWS, ...OTHERS];
}
