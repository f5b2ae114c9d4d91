// SPDX-License-Identifier: Apache-2.0
// The official MCP clients, driven by a test: node mcp_client.mjs VERSION COMMAND ARGUMENT...
//
// Reads steps, one JSON object a line, and starts each at once: {n, do: "list" | "ping" | "call" | "abort" | "close",
// ...}. Writes, one JSON object a line: {ready} first, then {n, result}, {n, error} and {n, progress}. Versions with a
// handshake use the client of @modelcontextprotocol/sdk, the later ones that of @modelcontextprotocol/client.
import readline from "node:readline";

const [version, command, ...args] = process.argv.slice(2);
const info = { name: "behalfid-tests", version: "1.0.0" };
const stateless = version >= "2026";

const say = (message) => process.stdout.write(JSON.stringify(message) + "\n");

async function connectStateless() {
  const { Client } = await import("@modelcontextprotocol/client");
  const { StdioClientTransport } = await import("@modelcontextprotocol/client/stdio");
  const client = new Client(info, { versionNegotiation: { mode: version === "2026-auto" ? "auto" : { pin: version } } });
  await client.connect(new StdioClientTransport({ command, args, env: process.env, stderr: "inherit" }));
  return client;
}

async function connectWithHandshake() {
  const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
  const { StdioClientTransport } = await import("@modelcontextprotocol/sdk/client/stdio.js");
  const transport = new StdioClientTransport({ command, args, env: process.env, stderr: "inherit" });
  const send = transport.send.bind(transport);
  transport.send = (message) => {
    if (message.method === "initialize") message.params.protocolVersion = version;
    return send(message);
  };
  const receive = { version: "" };
  const client = new Client(info, { capabilities: {} });
  transport.setProtocolVersion = (agreed) => { receive.version = agreed; };
  await client.connect(transport);
  client.agreedVersion = receive.version;
  return client;
}

const client = await (stateless ? connectStateless() : connectWithHandshake());
say({
  ready: {
    version: client.agreedVersion ?? client.getNegotiatedProtocolVersion(),
    server: client.getServerVersion(),
    capabilities: client.getServerCapabilities(),
    instructions: client.getInstructions(),
  },
});

const aborts = new Map();

async function call(step) {
  const options = { timeout: step.timeoutMs ?? 60000, resetTimeoutOnProgress: true };
  if (step.progress) options.onprogress = (progress) => say({ n: step.n, progress });
  const controller = new AbortController();
  options.signal = controller.signal;
  aborts.set(step.n, controller);
  const params = { name: step.name, arguments: step.arguments ?? {} };
  return stateless ? client.callTool(params, options) : client.callTool(params, undefined, options);
}

async function perform(step) {
  switch (step.do) {
    case "list":
      return client.listTools();
    case "ping":
      return client.ping();
    case "call":
      return call(step);
    case "abort":
      aborts.get(step.call).abort("the test wants it");
      return {};
    default:
      throw new Error(`no such step: ${step.do}`);
  }
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const step = JSON.parse(line);
  if (step.do === "close") break;
  perform(step).then(
    (result) => say({ n: step.n, result }),
    (error) => say({ n: step.n, error: { code: error.code ?? null, message: String(error.message ?? error) } }),
  );
}
await client.close();
