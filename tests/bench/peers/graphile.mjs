// Jobs a second of graphile-worker: no-op jobs that are all there at the start.
//
// usage: node graphile.mjs one|batch JOBS        (the database by PGHOST, PGUSER, PGDATABASE)
//
// `one`: concurrency 24, each job fetched and completed by itself. `batch`: what its documentation calls
// best (https://worker.graphile.org/docs/performance): a local queue of 500, completions together.
import {Logger, makeWorkerUtils, run} from 'graphile-worker';
import pg from 'pg';

const [mode, count] = [process.argv[2], Number(process.argv[3])];
const pool = new pg.Pool({max: 26});
const utils = await makeWorkerUtils({pgPool: pool});
await utils.migrate();
await pool.query(
  `SELECT count(*) FROM (SELECT graphile_worker.add_job('noop', json_build_object('n', n))
                         FROM generate_series(1, $1::integer) n) added`, [count]);
await pool.query('ANALYZE');

const {promise, resolve} = Promise.withResolvers?.() ?? (() => {
  let resolve;
  return {promise: new Promise((done) => { resolve = done; }), resolve};
})();
let done = 0;
const together = {localQueue: {size: 500}, completeJobBatchDelay: 0, failJobBatchDelay: 0};
const start = process.hrtime.bigint();
const runner = await run({
  pgPool: pool,
  noHandleSignals: true,
  logger: new Logger(() => () => {}),
  taskList: {noop: () => { if (++done === count) resolve(); }},
  preset: {worker: {concurrentJobs: 24, maxPoolSize: 26, pollInterval: 100,
                    ...(mode === 'batch' ? together : {})}},
});
await promise;
// The last job is done when it is completed in the database.
while ((await pool.query('SELECT EXISTS (SELECT FROM graphile_worker._private_jobs) AS left')).rows[0].left) {}
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
console.log(count, seconds.toFixed(3), Math.round(count / seconds));
await runner.stop();
await utils.release();
await pool.end();
