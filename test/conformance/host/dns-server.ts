/**
 * What a VM's metadata server answers on its port for DNS: `dns-server.ts ADDRESS`. It knows one name, and says `up` once
 * it can be asked.
 * https://cloud.google.com/compute/docs/internal-dns, https://www.rfc-editor.org/rfc/rfc1035#section-4.1
 */

import { createSocket } from 'node:dgram';
import { METADATA_ADDRESS } from '../harness/namespace.ts';

const NAME = 'metadata.google.internal';
const HEADER_BYTES = 12;
const TYPE_A = 1;
const TTL_SECONDS = 60;

/** A response, recursion desired and available; the error for a name that there is not. */
const FLAGS = 0x8180;
const NXDOMAIN = 3;

function answerTo(query: Buffer): Buffer {
  const { name, type, end } = questionOf(query);
  const addresses = name === NAME && type === TYPE_A ? [METADATA_ADDRESS] : [];
  const header = Buffer.alloc(HEADER_BYTES);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(name === NAME ? FLAGS : FLAGS | NXDOMAIN, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(addresses.length, 6);
  return Buffer.concat([header, query.subarray(HEADER_BYTES, end), ...addresses.map(addressRecord)]);
}

function questionOf(query: Buffer) {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

function addressRecord(address: string): Buffer {
  const record = Buffer.alloc(16);
  // the name of the question, by a pointer to it
  record.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
  record.writeUInt16BE(TYPE_A, 2);
  record.writeUInt16BE(1, 4);
  record.writeUInt32BE(TTL_SECONDS, 6);
  record.writeUInt16BE(4, 10);
  Buffer.from(address.split('.').map(Number)).copy(record, 12);
  return record;
}

const socket = createSocket('udp4');
socket.on('message', (query, { address, port }) => socket.send(answerTo(query), port, address));
socket.bind(53, process.argv[2], () => process.stdout.write('up\n'));
