// SPDX-License-Identifier: Apache-2.0
// Compiled, never run: each sub-path has its types, without the framework being there.
import * as ai from "@behalfid/sdk/ai";
import * as anthropic from "@behalfid/sdk/anthropic";
import * as langchain from "@behalfid/sdk/langchain";
import * as mcp from "@behalfid/sdk/mcp";
import * as openai from "@behalfid/sdk/openai-agents";

export default [ai, anthropic, langchain, mcp, openai];
