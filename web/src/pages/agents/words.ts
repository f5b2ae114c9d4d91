// SPDX-License-Identifier: Apache-2.0
/** Words for what the API says about agents in ids. */
import type { Agent } from "../../api/types.ts";
import type { Choice } from "../../ui/Field.tsx";

/** Labels that people give; never a proof of who an agent is. */
export const PROVIDERS: readonly Choice[] = [
  { value: "custom", label: "Custom" },
  { value: "ollie", label: "Ollie" },
  { value: "chatgpt", label: "ChatGPT" },
  { value: "claude", label: "Claude" },
  { value: "gemini", label: "Gemini" },
  { value: "zapier", label: "Zapier" },
  { value: "make", label: "Make" },
  { value: "langchain", label: "LangChain" },
  { value: "openai", label: "OpenAI" },
  { value: "ollama", label: "Ollama" },
  { value: "other", label: "Other" },
];

export const CONNECTIONS: readonly Choice[] = [
  { value: "manual", label: "Set up by hand" },
  { value: "connected", label: "Connected" },
  { value: "disconnected", label: "Disconnected" },
];

export const TYPES: Record<Agent["agentType"], { label: string; note: string }> = {
  native: { label: "Native", note: "Asks this server itself, with its key." },
  connected: { label: "Connected", note: "An assistant elsewhere that is given a passport." },
};

function labelIn(choices: readonly Choice[], value: string): string {
  return choices.find((choice) => choice.value === value)?.label ?? value;
}

export const providerLabel = (value: string) => labelIn(PROVIDERS, value);
export const connectionLabel = (value: string) => labelIn(CONNECTIONS, value);
