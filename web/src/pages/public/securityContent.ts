// SPDX-License-Identifier: Apache-2.0
/** What the security page says in tables and lists. SECURITY.md and docs/ say the same at length. */

export const SECRETS: readonly { what: string; looks: string; kept: string }[] = [
  { what: "Agent keys", looks: "bhf_sk_…", kept: "SHA-256 only. Shown once; lost means rotate." },
  { what: "Developer tokens", looks: "bhf_dev_…", kept: "SHA-256 only. Shown once." },
  { what: "Passport links", looks: "bhf_pt_…", kept: "SHA-256 only. Shown once; at most one link an agent." },
  { what: "Keys of sites", looks: "bhf_site_…", kept: "SHA-256 only. Shown once." },
  {
    what: "Sessions, invitations, reset links",
    looks: "cookie, or after the # of a link",
    kept: "SHA-256 only. The cookie is HttpOnly and SameSite=Lax.",
  },
  { what: "Passwords", looks: "10 to 200 characters", kept: "scrypt (N 16384, r 8, p 1), a salt each." },
  {
    what: "Signing secrets of webhooks",
    looks: "whsec_…",
    kept: "Sealed with AES-256-GCM under the server key. A hash would not do: the signature needs the secret.",
  },
  {
    what: "Keys that sign passports",
    looks: "Ed25519",
    kept: "Derived from the server key; the secret part is stored nowhere.",
  },
  {
    what: "The server key",
    looks: "32 bytes",
    kept: "A file of mode 0600 in the data folder, or BEHALFID_SECRET_KEY. Keep backups of it apart from the database.",
  },
];

export const REVOCATION: readonly { step: string; effect: string }[] = [
  {
    step: "Revoke a permission",
    effect: "The next call is denied. A call that is under way is decided again on the new policy.",
  },
  { step: "Disable an agent", effect: "All its calls are denied until it is enabled." },
  { step: "Rotate an agent's key", effect: "The old key is dead at once. The new one is shown once." },
  {
    step: "Lower a limit after an approval",
    effect: "The unspent approval is worth nothing beyond the new limit.",
  },
  {
    step: "Make a new passport link, or revoke it",
    effect:
      "Nobody reads or tries anything with the old one. A signed passport that was fetched before lives until it expires: 15 minutes unless configured.",
  },
  { step: "Revoke a developer token", effect: "Refused from the next request on." },
  { step: "End a session", effect: "Gone with the next request; open streams end within a second." },
  {
    step: "Remove a member",
    effect: "Their sessions, tokens and open invitations in that account end at once.",
  },
  {
    step: "Rotate a webhook's secret",
    effect: "For 24 hours both sign, so that receivers can change over. A second rotation ends the oldest.",
  },
];

export const LIMITS: readonly { title: string; text: string }[] = [
  {
    title: "It does not control agents by itself",
    text: "Somebody's program must ask and must obey. There are no integrations inside ChatGPT, Claude, Zapier, Make or Ollie.",
  },
  {
    title: "A hook is the host's promise",
    text: "It holds as far as Claude Code, Codex or Cursor run it. An agent that may run any command as your user can also end the hook's process; run it as another user where that matters.",
  },
  {
    title: "The agent says where it is",
    text: "Relative paths are judged against the folder that the agent names. Use absolute patterns. Denied commands are a plain text search: a tripwire, not a fence.",
  },
  {
    title: "The site guard is no shield against liars",
    text: "It protects routes where a site asks it. A name of an agent or a User-Agent is a claim; only a verified signature is proof.",
  },
  {
    title: "TLS belongs to a reverse proxy",
    text: "The server speaks plain HTTP. Without a proxy in front, keep it on the machine itself.",
  },
  {
    title: "Whoever reads the data folder is the server",
    text: "The key in it can sign a forged log and make tokens. Checkpoints kept elsewhere are what still shows it.",
  },
  {
    title: "One machine",
    text: "One process, one SQLite file. There is no failover; while it is away, everything is denied.",
  },
  {
    title: "No single sign-on",
    text: "People sign in with an e-mail address and a password. There are roles, but no SSO and no second factor.",
  },
  {
    title: "Not your app's own authorization",
    text: "It is a check before the action. Your app still validates input and decides who may see what.",
  },
  {
    title: "No external audit yet",
    text: "Nobody outside the project has examined it formally.",
  },
];
