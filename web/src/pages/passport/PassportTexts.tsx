// SPDX-License-Identifier: Apache-2.0
import { useSearchParams } from "react-router";
import { usePassportText, type PassportFormat, type PassportLink } from "../../api/passport.ts";
import { Card } from "../../ui/Card.tsx";
import { CodeBlock } from "../../ui/Copy.tsx";
import { Panels } from "../../ui/Panels.tsx";
import { Answer } from "../../ui/States.tsx";

const FORMATS: readonly { id: PassportFormat; name: string; use: string }[] = [
  {
    id: "memory",
    name: "Memory",
    use: "Paste it into the memory, the custom instructions or the system prompt of the assistant. It then knows its limits in every conversation.",
  },
  {
    id: "instruction",
    name: "Short",
    use: "For assistants that keep few words: the limits in one paragraph.",
  },
  {
    id: "prompt",
    name: "For one task",
    use: "Paste it at the start of a conversation and write the task where the text asks for it. The assistant must answer three questions first.",
  },
  { id: "json", name: "JSON", use: "The document for programs and for assistants that read files." },
  { id: "markdown", name: "Markdown", use: "A page to keep beside a project, for people and models." },
  {
    id: "jwt",
    name: "Signed",
    use: "The document with a signature that anybody can verify, without an account here. It is valid for minutes: fetch a new one when it matters.",
  },
];

function Text({ link, format, name }: { link: PassportLink; format: PassportFormat; name: string }) {
  const text = usePassportText(link, format);
  return (
    <Answer query={text} lines={4}>
      {(code) => <CodeBlock title={name} code={code} wrap />}
    </Answer>
  );
}

export function PassportTexts({ link }: { link: PassportLink }) {
  const [params, setParams] = useSearchParams();
  const selected = FORMATS.find(({ id }) => id === params.get("text")) ?? FORMATS[0];
  if (selected === undefined) return null;
  return (
    <Card title="Texts to paste">
      <Panels
        label="Texts to paste"
        panels={FORMATS}
        selected={selected.id}
        onSelect={(text) => setParams({ text }, { replace: true, preventScrollReset: true })}
      >
        <p>{selected.use}</p>
        <Text link={link} format={selected.id} name={selected.name} />
      </Panels>
    </Card>
  );
}
