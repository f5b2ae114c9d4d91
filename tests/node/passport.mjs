// SPDX-License-Identifier: Apache-2.0
// Signed passports, as anybody verifies them: with the library "jose".
//
//     node passport.mjs < tasks.json
//
// reads [task] and prints one answer for each; where the library refuses, the answer is {"code": its error code}.
//     {"do": "verify", "token", "issuer", "keys" (a key set) or "url" (of one), "now" (seconds, optional)}: the claims
//     {"do": "forge", "how": "other key" | "none" | "HS256", "claims", "kid", "x"}: a token
//     {"do": "sign", "seed" (base64url), "x", "kid", "claims"}: a token, by that key
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { UnsecuredJWT, SignJWT, createLocalJWKSet, createRemoteJWKSet, importJWK, jwtVerify } from "jose";

async function verify(task) {
  const keys = task.url ? createRemoteJWKSet(new URL(task.url)) : createLocalJWKSet(task.keys);
  const options = { issuer: task.issuer, algorithms: ["EdDSA"] };
  if (task.now) options.currentDate = new Date(task.now * 1000);
  return (await jwtVerify(task.token, keys, options)).payload;
}

async function forge(task) {
  const header = { alg: "EdDSA", kid: task.kid, typ: "JWT" };
  if (task.how === "none") return new UnsecuredJWT(task.claims).encode();
  if (task.how === "HS256") {
    const secret = Buffer.from(task.x, "base64url");
    return new SignJWT(task.claims).setProtectedHeader({ ...header, alg: "HS256" }).sign(secret);
  }
  return new SignJWT(task.claims).setProtectedHeader(header).sign(generateKeyPairSync("ed25519").privateKey);
}

async function sign(task) {
  const jwk = { kty: "OKP", crv: "Ed25519", x: task.x, d: task.seed };
  const key = await importJWK(createPrivateKey({ key: jwk, format: "jwk" }).export({ format: "jwk" }), "EdDSA");
  return new SignJWT(task.claims).setProtectedHeader({ alg: "EdDSA", kid: task.kid, typ: "JWT" }).sign(key);
}

const actions = { verify, forge, sign };
let text = "";
for await (const chunk of process.stdin) text += chunk;
const answers = [];
for (const task of JSON.parse(text)) {
  try {
    answers.push(await actions[task.do](task));
  } catch (error) {
    if (!error.code) throw error;
    answers.push({ code: error.code });
  }
}
console.log(JSON.stringify(answers));
