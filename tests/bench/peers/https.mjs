// A server that answers every request after 50 ms, over TLS.
//
// usage: node https.mjs KEY CERTIFICATE        prints its port
import {readFileSync} from 'node:fs';
import {createServer} from 'node:https';

const [key, cert] = process.argv.slice(2).map((path) => readFileSync(path));
const server = createServer({key, cert, keepAlive: true}, (request, response) => {
  request.resume().on('end', () => setTimeout(() => response.end('{"text":"words"}'), 50));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', 1024, () => console.log(server.address().port));
