/**
 * The two messages of google.pubsub.v1.Publisher/ListTopics, by hand: the fields that a listing needs.
 * https://github.com/googleapis/googleapis/blob/master/google/pubsub/v1/pubsub.proto
 * https://protobuf.dev/programming-guides/encoding
 */

/** Wire types. */
const VARINT = 0;
const LENGTH_DELIMITED = 2;

/** Field numbers with their wire type, as they are written. */
const PROJECT = tag(1);
const TOPICS = tag(1);
const NAME = tag(1);

/** The `project` of a ListTopicsRequest: `projects/ID`; empty where there is none. */
export function projectOf(request: Buffer): string {
  let offset = 0;
  while (offset < request.length) {
    const [fieldTag, afterTag] = readVarint(request, offset);
    const [value, afterValue] = readVarint(request, afterTag);
    if ((fieldTag & 7) === VARINT) {
      offset = afterValue;
      continue;
    }
    if ((fieldTag & 7) !== LENGTH_DELIMITED) throw new Error(`a field of the wire type ${fieldTag & 7}`);
    if (fieldTag === PROJECT) return request.toString('utf8', afterValue, afterValue + value);
    offset = afterValue + value;
  }
  return '';
}

/** A ListTopicsResponse without another page. */
export function topicsResponse(names: readonly string[]): Buffer {
  return Buffer.concat(names.map((name) => delimited(TOPICS, delimited(NAME, Buffer.from(name)))));
}

function tag(field: number): number {
  return (field << 3) | LENGTH_DELIMITED;
}

function delimited(fieldTag: number, value: Buffer): Buffer {
  return Buffer.concat([varint(fieldTag), varint(value.length), value]);
}

function varint(value: number): Buffer {
  const bytes = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

/** The value, and where it ends. */
function readVarint(buffer: Buffer, start: number): [number, number] {
  let value = 0;
  for (let index = start, shift = 0; index < buffer.length; index += 1, shift += 7) {
    const byte = buffer.readUInt8(index);
    value |= (byte & 127) << shift;
    if (byte < 128) return [value, index + 1];
  }
  throw new Error('a number without an end');
}
