// SPDX-License-Identifier: Apache-2.0
/** A real server in a folder of its own, and what other programs do with it: agents, people, the command line. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = resolve(fileURLToPath(import.meta.url), "../../../..");
export const BINARY = process.env["BEHALF_BIN"] ?? join(ROOT, "build", "behalf");
const COOKIE = "behalfid_developer";

export type Json = Record<string, any>;
export type Role = "viewer" | "approver" | "admin" | "owner";

export interface Credentials {
  email: string;
  password: string;
}

export interface Answer {
  status: number;
  body: Json;
}

async function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer();
    probe.once("error", failed);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => found(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

export class Server {
  readonly folder = mkdtempSync(join(tmpdir(), "behalf-browser-"));
  port = 0;
  url = "";
  agentId = "";
  apiKey = "";
  email = "";
  password = "";
  private process: ChildProcess | undefined;
  private output = "";
  private sessions = new Map<string, string>();

  /** Starts `behalf serve`; with `demo`, its credentials are in the fields above. */
  async start(demo: boolean, options: string[] = [], env: Record<string, string> = {}): Promise<this> {
    this.port = await freePort();
    this.url = `http://127.0.0.1:${this.port}`;
    const words = [
      "serve",
      "--listen",
      `127.0.0.1:${this.port}`,
      "--data",
      join(this.folder, "data"),
      "--rate-limit",
      "0",
    ];
    this.process = spawn(BINARY, [...words, ...(demo ? ["--demo"] : []), ...options], {
      env: { ...process.env, BEHALFID_AUTH_RATE_LIMIT: "0", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.process.stdout?.on("data", (bytes: Buffer) => (this.output += bytes.toString()));
    this.process.stderr?.on("data", (bytes: Buffer) => (this.output += bytes.toString()));
    await this.waitReady();
    if (demo) {
      const written: Json = JSON.parse(readFileSync(join(this.folder, "data", "demo.json"), "utf8"));
      this.agentId = written["agentId"];
      this.apiKey = written["apiKey"];
      this.email = written["email"];
      this.password = written["password"];
    }
    return this;
  }

  private async waitReady(): Promise<void> {
    for (const deadline = Date.now() + 30_000; Date.now() < deadline;) {
      if (this.process?.exitCode != null) throw new Error(`the server ended: ${this.output}`);
      const answer = await fetch(`${this.url}/api/health`).catch(() => null);
      if (answer?.ok) return;
      await new Promise((soon) => setTimeout(soon, 20));
    }
    throw new Error(`the server does not answer: ${this.output}`);
  }

  async stop(): Promise<void> {
    const running = this.process;
    if (running !== undefined && running.exitCode === null) {
      const ended = new Promise((done) => running.once("exit", done));
      running.kill("SIGTERM");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The one-time link that the first start prints. */
  get setupLink(): string {
    const link = /http\S+\/setup#token=\S+/.exec(this.output)?.[0];
    if (link === undefined) throw new Error(`no setup link in: ${this.output}`);
    return link;
  }

  /** What the server has printed and logged. */
  get printed(): string {
    return this.output;
  }

  get owner(): Credentials {
    return { email: this.email, password: this.password };
  }

  /** One request as it stands. */
  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const answer = await fetch(this.url + path, {
      method,
      headers: { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? {} : (JSON.parse(text) as Json) };
  }

  /** The session cookie of somebody, made at the first use. */
  async session(who: Credentials): Promise<string> {
    const known = this.sessions.get(who.email);
    if (known !== undefined) return known;
    const answer = await fetch(`${this.url}/api/auth/login`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Origin: this.url },
      body: JSON.stringify(who),
    });
    const value = new RegExp(`${COOKIE}=([^;]+)`).exec(answer.headers.get("set-cookie") ?? "")?.[1];
    if (value === undefined)
      throw new Error(`${who.email} cannot sign in: ${answer.status} ${await answer.text()}`);
    this.sessions.set(who.email, value);
    return value;
  }

  /** One request by a person (the owner unless told): as the pages send it. Throws when it is refused. */
  async call(method: string, path: string, body?: unknown, who: Credentials = this.owner): Promise<Json> {
    const answer = await this.tryCall(method, path, body, who);
    if (answer.status >= 400)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** The same, refused or not. */
  async tryCall(
    method: string,
    path: string,
    body?: unknown,
    who: Credentials = this.owner,
  ): Promise<Answer> {
    const cookie = `${COOKIE}=${await this.session(who)}`;
    return this.request(method, path, body, { Cookie: cookie, Origin: this.url });
  }

  /** The agent asks (the demo's agent unless told). */
  async verify(fields: Json, agentId = this.agentId, apiKey = this.apiKey): Promise<Json> {
    const headers = { Authorization: `Bearer ${apiKey}` };
    const answer = await this.request("POST", "/api/verify", { agentId, ...fields }, headers);
    if (answer.status !== 200) throw new Error(`verify: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** The command line, as the agent's process has it. */
  async behalf(...words: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
    const env = {
      PATH: process.env["PATH"],
      HOME: this.folder,
      BEHALFID_BASE_URL: this.url,
      BEHALFID_AGENT_ID: this.agentId,
      BEHALFID_API_KEY: this.apiKey,
      BEHALFID_DATA: join(this.folder, "data"),
    };
    return new Promise((done) => {
      execFile(BINARY, words, { env, cwd: this.folder, timeout: 60_000 }, (error, stdout, stderr) => {
        done({
          status: typeof error?.code === "number" ? error.code : error === null ? 0 : 1,
          stdout,
          stderr,
        });
      });
    });
  }

  /** A new member of the owner's account, by invitation. */
  async person(role: Role, email = `${role}@example.test`): Promise<Credentials> {
    const invite = await this.call("POST", "/api/dashboard/members/invites", { role, email });
    const token = decodeURIComponent(new URL(invite["inviteUrl"] as string).hash.replace("#token=", ""));
    const who = { email, password: `password of ${role} 1` };
    const answer = await this.request("POST", "/api/auth/accept-invite", { token, ...who });
    if (answer.status >= 400) throw new Error(`invite: ${answer.status} ${JSON.stringify(answer.body)}`);
    return who;
  }

  /** A file in the server's folder, for the command line. */
  write(name: string, content: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }
}

export const SESSION_COOKIE = COOKIE;
