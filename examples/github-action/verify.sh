#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The action's one step. Needs bash, curl and jq. Ends with 0 after an allow, and only then.
set -uo pipefail

ANSWER_MAX=1048576 # bytes

# A text on one line, so that nothing in it passes for a command to the runner or for another output.
one_line() {
  local text
  text=$(LC_ALL=C tr -s '\000-\037\177' ' ' <<<"$1")
  jq -rn --arg text "$text" '$text | gsub("[\\p{C}\\p{Z}]+"; " ") | ltrimstr(" ") | rtrimstr(" ")' 2>/dev/null ||
    printf '%s\n' "$text"
}

# A text in which nothing is HTML or Markdown.
plain() {
  jq -rn --arg text "$1" '$text | @html | gsub("(?<sign>[^A-Za-z0-9 .,:;&#-])"; "\\\(.sign)")'
}

# $1 decision, $2 reason, $3 request id
report() {
  local reason
  reason=$(one_line "$2")
  printf 'decision=%s\nreason=%s\nrequest-id=%s\n' "$1" "$reason" "$3" >>"${GITHUB_OUTPUT:-/dev/null}"
  printf 'BehalfID: **%s** %s\n\n%s\n' "$1" "${3:+(\`$3\`)}" "$(plain "$reason")" >>"${GITHUB_STEP_SUMMARY:-/dev/null}"
}

# Ends the step. $1 what to show, $2 reason, $3 request id
fail() {
  local shown
  shown=$(one_line "$1")
  report denied "$2" "${3:-}"
  printf '::error title=BehalfID::%s\n' "${shown//%/%25}"
  exit 1
}

undecided() {
  fail "No decision, so this job does not go on: $1" "$1"
}

# Whole texts, not lines: a second line would be text that nobody has checked.
matches() {
  local LC_ALL=C
  [[ $1 =~ $2 ]]
}

check_inputs() {
  local host='[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?'
  local loopback='(127\.[0-9]+\.[0-9]+\.[0-9]+|localhost|\[::1\])'
  local rest='(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?$'
  matches "$BEHALFID_API_KEY" '^bhf_sk_[A-Za-z0-9_-]+$' || undecided "api-key must be an agent's key, bhf_sk_..."
  printf '::add-mask::%s\n' "$BEHALFID_API_KEY"
  matches "$BEHALFID_BASE_URL" "^https://$host$rest" || matches "$BEHALFID_BASE_URL" "^http://$loopback$rest" ||
    undecided 'base-url must begin with https:// (http:// is for this machine alone) and have no user name and no query.'
  [[ -n $BEHALFID_AGENT_ID ]] || undecided 'agent-id is missing.'
  [[ -n $INPUT_ACTION ]] || undecided 'action is missing.'
  matches "$INPUT_RISK" '^(low|medium|high)$' || undecided 'risk must be low, medium or high.'
  jq -se 'length == 1 and (.[0] | type == "object")' <<<"$INPUT_METADATA" >/dev/null 2>&1 ||
    undecided 'metadata must be a JSON object.'
}

question() {
  jq -nc --arg agent "$BEHALFID_AGENT_ID" --arg action "$INPUT_ACTION" --arg resource "$INPUT_RESOURCE" \
    --argjson metadata "$INPUT_METADATA" --arg risk "$INPUT_RISK" --arg workflow "${GITHUB_WORKFLOW:-}" \
    --arg run_id "${GITHUB_RUN_ID:-}" --arg actor "${GITHUB_ACTOR:-}" --arg repo "${GITHUB_REPOSITORY:-}" \
    --arg ref "${GITHUB_REF:-}" --arg sha "${GITHUB_SHA:-}" '
      {agentId: $agent, action: $action}
      + (if $resource == "" then {} else {resource: $resource} end)
      + {metadata: ($metadata + {_ci: {risk: $risk, workflow: $workflow, run_id: $run_id, actor: $actor, repo: $repo,
          ref: $ref, sha: $sha[:8]}})}'
}

# Asks with the idempotency key $1 and the body $2. Writes the answer to the file $3, of the last try alone, and prints its
# status. The key stands in no command line.
ask() {
  local url=${BEHALFID_BASE_URL%/}/api/verify
  local -a direct=()
  matches "$url" '^http:' && direct=(--noproxy '*')
  printf 'header = "Authorization: Bearer %s"\n' "$BEHALFID_API_KEY" |
    curl -q --silent --show-error --config - --header 'Content-Type: application/json' \
      --header 'Accept: application/json' --header 'User-Agent: behalfid-github-action/0.1.0' \
      --header "Idempotency-Key: $1" --globoff --proto '=http,https' --connect-timeout 5 --max-time 10 \
      --max-filesize "$ANSWER_MAX" --retry 2 --retry-delay 1 --retry-max-time 20 ${direct[@]+"${direct[@]}"} \
      --data-binary "$2" --output "$3" --write-out '%{http_code}' "$url"
}

# From the answer in the file $1: request id, decision, approval id and reason, each on a line. Nothing when it is no decision.
judge() {
  jq -rse '
    def text: type == "string" and length > 0;
    select(length == 1) | .[0] | select(type == "object" and (.requestId | text) and (.requestId | test("^[A-Za-z0-9_-]+\\z"))
      and (.allowed | type == "boolean") and (.approvalRequired | type == "boolean")
      and ((.allowed and .approvalRequired) | not) and (.reason | type == "string")
      and (.risk | IN("low", "medium", "high")) and (has("shadow") | not) and (has("shadowDecision") | not))
    | .requestId,
      (if .allowed then "allowed" elif .approvalRequired then "approval" else "denied" end),
      (if (.approvalId | text) and (.approvalId | test("^[A-Za-z0-9_-]+\\z")) then .approvalId else "-" end),
      (.reason | gsub("[\\p{C}\\s]+"; " "))' "$1" 2>/dev/null
}

main() {
  local body answer status facts error folder
  local request_id='' decision='' approval_id='' reason=''
  : "${BEHALFID_API_KEY:=}" "${BEHALFID_AGENT_ID:=}" "${BEHALFID_BASE_URL:=}"
  [[ -n ${INPUT_METADATA:-} ]] || INPUT_METADATA='{}'
  : "${INPUT_ACTION:=}" "${INPUT_RESOURCE:=}" "${INPUT_RISK:=medium}"
  command -v curl >/dev/null && command -v jq >/dev/null || undecided 'this runner has no curl or no jq.'
  check_inputs
  body=$(question) || undecided 'the request could not be made of the inputs.'
  folder=$(mktemp -d) || undecided 'there is no room for temporary files.'
  trap 'rm -rf "$folder"' EXIT
  answer=$folder/answer
  : >"$answer"
  status=$(ask "$(od -An -N18 -tx1 /dev/urandom | tr -d ' \n')" "$body" "$answer" 2>"$folder/errors") ||
    undecided "the server gave no answer ($(tail -n 1 "$folder/errors"))."
  if [[ $status != 200 ]]; then
    error=$(jq -r 'if type == "object" and (.error | type == "string") then .error else "" end' "$answer" 2>/dev/null)
    undecided "the server answered $status${error:+: $error}"
  fi
  facts=$(judge "$answer") || undecided 'the answer of the server is no decision.'
  { read -r request_id && read -r decision && read -r approval_id && read -r reason; } <<<"$facts" ||
    undecided 'the answer of the server is no decision.'
  case $decision in
  allowed)
    report allowed "$reason" "$request_id"
    printf 'BehalfID allowed it: %s (%s)\n' "$(one_line "$reason")" "$request_id"
    exit 0
    ;;
  approval)
    [[ $approval_id == - ]] && fail "A person must approve, and nobody was asked: $reason ($request_id)" "$reason" "$request_id"
    fail "Approval required: $reason Approve $approval_id, then run this job again. ($request_id)" "$reason" "$request_id"
    ;;
  denied) fail "Denied: $reason ($request_id)" "$reason" "$request_id" ;;
  esac
  undecided 'the answer of the server is no decision.'
}

main
