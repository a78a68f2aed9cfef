// A Twilio that knows no call.
//
// usage: node no_calls.mjs PORT
import {createServer} from 'node:http';

const answer = JSON.stringify({code: 20404, message: 'The requested resource was not found', status: 404});
const server = createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(404, {'Content-Type': 'application/json'}).end(answer));
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.argv[2]), '127.0.0.1', 1024);
