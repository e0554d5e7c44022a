// Hosts the module of `src/lib.rs`: its socket, its clock and its seed are those of Node.js.
//
//     node run.mjs MODULE.wasm ZK_SERVER
//
// Fails if the module wants anything from its host, or if the session does not go as it should.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { createInterface } from "node:readline";

const [modulePath, serverPath] = process.argv.slice(2);
const module = new WebAssembly.Module(readFileSync(modulePath));
assert.deepEqual(WebAssembly.Module.imports(module), [], "the module imports nothing");
const zk = new WebAssembly.Instance(module).exports;

const server = spawn(serverPath, ["--listen", "127.0.0.1:0", "--sasl-user", "bob=secret"]);
process.on("exit", () => {
  server.kill();
  if (story.length > 0) fail(`this did not happen: ${story.map(([event]) => event).join(", ")}`);
});
setTimeout(() => fail("it takes too long"), 20_000).unref();
const [greeting] = await once(createInterface(server.stdout), "line");
const port = Number(greeting.split(":").at(-1));

// What happens, and what is done about it.
const story = [
  ["connected", () => zk.create()],
  ["created /wasm", () => zk.read()],
  ['read b"hello"', () => zk.write()],
  [/^Last\(Change \{ kind: NodeDataChanged, path: "\/wasm"/, () => {}],
  ["wrote version 1", () => socket.destroy()], // and on, on another connection
  ["suspended", () => {}],
  ["connected", () => zk.read()],
  ['read b"world"', () => zk.close(now())],
  ["SessionOver(Closed)", () => {}],
  ["closed", () => {}],
];

const started = performance.now();
let socket, timer;
zk.start(Math.floor(Math.random() * 2 ** 32));
turn();

function now() {
  return Math.floor(performance.now() - started);
}

/** Takes everything out of the session, until there is nothing left but its deadline. */
function turn() {
  let happened;
  do {
    for (let action; (action = zk.action()) !== 0; ) carryOut(action);
    const bytes = Array.from(taken(() => zk.pull(now())));
    if (bytes.length > 0) socket.write(Uint8Array.from(bytes));
    happened = zk.event();
    if (happened >= 0) hear(text(happened));
  } while (happened >= 0);
  clearTimeout(timer);
  const left = zk.deadline(now());
  if (left >= 0) timer = setTimeout(() => turn(zk.timeout(now())), left);
}

function carryOut(action) {
  const [CONNECT, DISCONNECT, FINISH] = [1, 2, 3];
  if (action === CONNECT) {
    const opened = (socket = connect(port, "127.0.0.1"));
    const isIt = (then) => (data) => socket === opened && turn(then(data));
    opened.on("connect", isIt(() => zk.connected(now())));
    opened.on("data", isIt((data) => (data.forEach((byte) => zk.push(byte)), zk.input(now()))));
    opened.on("error", () => {}); // it closes after that
    opened.on("close", isIt(() => zk.disconnected(now())));
  } else if (action === DISCONNECT) {
    const closed = socket;
    socket = undefined;
    closed?.end();
  } else if (action === FINISH) {
    server.kill(); // nothing is left to wait for
  }
}

function hear(event) {
  console.log(event);
  const [expected, next] = story.shift() ?? ["nothing"];
  if (expected instanceof RegExp ? !expected.test(event) : expected !== event) {
    fail(`expected was: ${expected}`);
  }
  next();
}

function* taken(next) {
  for (let byte; (byte = next()) >= 0; ) yield byte;
}

function text(length) {
  const bytes = Array.from({ length }, (_, at) => zk.text(at));
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

function fail(why) {
  console.error(why);
  story.length = 0;
  process.exit(1);
}
