"""A receiver of recording callbacks as one writes it with Flask: the signature is checked, the call
is upserted, and only then comes the answer.

For gunicorn, `receiver:app`. POOL is how many connections to PostgreSQL a process has; with
RECEIVER_GEVENT=1 they are those of psycogreen. The database is that of PGHOST, PGUSER and PGDATABASE.
"""
import base64
import hashlib
import hmac
import os
import queue

import flask
import psycopg2

if os.environ.get('RECEIVER_GEVENT') == '1':
    import psycogreen.gevent
    psycogreen.gevent.patch_psycopg()

TOKEN = os.environ['TWILIO_AUTH_TOKEN'].encode()
PUBLIC_URL = os.environ['CALLCTL_PUBLIC_URL']
UPSERT = '''
INSERT INTO call_log (call_sid, recording_sid, recording_url, recording_status, duration, updated_at)
VALUES (%s, %s, %s, %s, %s, now() AT TIME ZONE 'UTC')
ON CONFLICT (call_sid) DO UPDATE
SET recording_sid = excluded.recording_sid, recording_url = excluded.recording_url,
    recording_status = excluded.recording_status, duration = excluded.duration,
    updated_at = excluded.updated_at'''

app = flask.Flask(__name__)
pool = queue.LifoQueue()
for _ in range(int(os.environ['POOL'])):
    pool.put(None)


def upsert(values):
    """One statement, committed by itself."""
    connection = pool.get()
    try:
        if connection is None:
            connection = psycopg2.connect('')
            connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(UPSERT, values)
    finally:
        pool.put(connection)


@app.post('/webhook/handle_recording')
def handle_recording():
    form = flask.request.form
    text = PUBLIC_URL + flask.request.path + ''.join(name + form[name] for name in sorted(form))
    expected = base64.b64encode(hmac.new(TOKEN, text.encode(), hashlib.sha1).digest()).decode()
    if not hmac.compare_digest(expected, flask.request.headers.get('X-Twilio-Signature', '')):
        return 'the signature does not match\n', 403
    upsert((form['CallSid'], form['RecordingSid'], form['RecordingUrl'], form['RecordingStatus'],
            int(form['RecordingDuration'])))
    return '', 204
