// Which households of a listed area, and which adult of each, are asked: the same rule, to the bit,
// as survey/domain/household.py.  Whole numbers below 2^53 and bytes only; no clock, no Math.random.
const RULE = 'household-1';
const SEPARATOR = '\x1f';
const SPACE = 2 ** 48;
const bytes = (text) => new TextEncoder().encode(text);
const byNumber = (a, b) => a.number - b.number;

function hex(buffer) {
  return [...new Uint8Array(buffer)].map((each) => each.toString(16).padStart(2, '0')).join('');
}

async function mac(seed, parts) {
  const how = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', bytes(seed), how, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, bytes([RULE, ...parts].join(SEPARATOR))));
}

/** Digest of a listing: [{ number, note, adults }], adults null where nobody could say. */
export async function listingDigest(area, listing) {
  const lines = [...listing].sort(byNumber).map((e) => [e.number, e.adults ?? '', e.note].join(SEPARATOR));
  return hex(await crypto.subtle.digest('SHA-256', bytes([RULE, area, ...lines].join('\n'))));
}

/** A number from 0 to bound - 1, each with the same probability. */
export async function below(seed, parts, bound) {
  const whole = SPACE - (SPACE % bound);
  for (let counter = 0; ; counter += 1) {
    const made = await mac(seed, [...parts, String(counter)]);
    const value = made.subarray(0, 6).reduce((sum, byte) => sum * 256 + byte, 0);
    if (value < whole) return value % bound;
  }
}

/** Numbers of the drawn households, ascending; all of them where there are no more than wanted. */
export async function households(seed, area, listing, wanted, method, given = '') {
  const eligible = [...listing].filter((e) => e.adults !== 0).sort(byNumber).map((e) => e.number);
  if (eligible.length <= wanted) return eligible;
  const digest = given || (await listingDigest(area, listing));
  if (method === 'srs') {
    const keyed = await Promise.all(eligible.map(async (n) => [hex(await mac(seed, [area, digest, 'household', String(n)])), n]));
    keyed.sort(([a], [b]) => (a < b ? -1 : 1));
    return keyed.slice(0, wanted).map(([, n]) => n).sort((a, b) => a - b);
  }
  const start = await below(seed, [area, digest, 'start'], eligible.length);
  return Array.from({ length: wanted }, (_, k) => eligible[Math.floor((start + k * eligible.length) / wanted)]);
}

/** Which adult of a household is asked: 1 to adults, counted from the oldest down. */
export async function adult(seed, area, digest, number, adults) {
  return 1 + (await below(seed, [area, digest, 'adult', String(number)], adults));
}
