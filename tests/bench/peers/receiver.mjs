// A receiver of recording callbacks as one writes it with Node.js: the signature is checked, the call is
// upserted, and only then comes the answer. Two processes with ten connections to PostgreSQL each.
//
// usage: node receiver.mjs PORT        (the database by PGHOST, PGUSER, PGDATABASE)
import cluster from 'node:cluster';
import {createHmac, timingSafeEqual} from 'node:crypto';
import {createServer} from 'node:http';
import pg from 'pg';

const token = process.env.TWILIO_AUTH_TOKEN;
const publicUrl = process.env.CALLCTL_PUBLIC_URL;
const upsert = {name: 'upsert', text: `
INSERT INTO call_log (call_sid, recording_sid, recording_url, recording_status, duration, updated_at)
VALUES ($1, $2, $3, $4, $5, now() AT TIME ZONE 'UTC')
ON CONFLICT (call_sid) DO UPDATE
SET recording_sid = excluded.recording_sid, recording_url = excluded.recording_url,
    recording_status = excluded.recording_status, duration = excluded.duration,
    updated_at = excluded.updated_at`};

const isSigned = (request, form) => {
  const text = [...form.keys()].sort().reduce((text, name) => text + name + form.get(name),
                                              publicUrl + request.url);
  const expected = Buffer.from(createHmac('sha1', token).update(text).digest('base64'));
  const given = Buffer.from(request.headers['x-twilio-signature'] ?? '');
  return given.length === expected.length && timingSafeEqual(given, expected);
};

const body = async (request) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

const serve = () => {
  const pool = new pg.Pool({max: 10});
  const server = createServer(async (request, response) => {
    try {
      if (request.method !== 'POST' || request.url !== '/webhook/handle_recording') {
        response.writeHead(404).end();
        return;
      }
      const form = new URLSearchParams(await body(request));
      if (!isSigned(request, form)) {
        response.writeHead(403).end();
        return;
      }
      await pool.query({...upsert, values: [form.get('CallSid'), form.get('RecordingSid'), form.get('RecordingUrl'),
                                            form.get('RecordingStatus'), Number(form.get('RecordingDuration'))]});
      response.writeHead(204).end();
    } catch (error) {
      console.error(error);
      response.writeHead(500).end();
    }
  });
  server.keepAliveTimeout = 60_000;
  server.listen(Number(process.argv[2]), '127.0.0.1', 1024);
};

if (cluster.isPrimary) {
  cluster.fork();
  cluster.fork();
} else {
  serve();
}
