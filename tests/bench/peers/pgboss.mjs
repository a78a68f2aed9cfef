// Jobs a second of pg-boss: no-op jobs that are all there at the start, in a loop of fetch and complete.
//
// usage: node pgboss.mjs BATCH LOOPS JOBS        (the database by PGHOST, PGUSER, PGDATABASE)
import PgBoss from 'pg-boss';

const [batch, loops, count] = process.argv.slice(2).map(Number);
const boss = new PgBoss({host: process.env.PGHOST, user: process.env.PGUSER,
                         database: process.env.PGDATABASE, max: loops + 2});
boss.on('error', (error) => { console.error(error); process.exit(1); });
await boss.start();
await boss.createQueue('noop');
for (let made = 0; made < count; made += 1000) {
  await boss.insert(Array.from({length: Math.min(1000, count - made)}, () => ({name: 'noop'})));
}

let done = 0;
const loop = async () => {
  while (done < count) {
    const jobs = await boss.fetch('noop', {batchSize: batch, priority: false});
    if (jobs.length === 0) return;
    await boss.complete('noop', jobs.map((job) => job.id));
    done += jobs.length;
  }
};
const start = process.hrtime.bigint();
await Promise.all(Array.from({length: loops}, loop));
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
if (done !== count) throw new Error(`${done} of ${count} jobs`);
console.log(count, seconds.toFixed(3), Math.round(count / seconds));
await boss.stop({graceful: false});
