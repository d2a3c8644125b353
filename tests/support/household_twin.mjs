// Reads one JSON line a call, answers with one: the tablet's rule, for the tests of the server's.
import { createInterface } from 'node:readline';

const rule = await import(process.argv[2]);
for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...given] = JSON.parse(line);
  console.log(JSON.stringify(await rule[name](...given)));
}
