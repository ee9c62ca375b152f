import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { checkObjects } from "../../../../policy/check/checkObjects";
import { formatGithub } from "../../../../policy/check/formatGithub";
import { formatTable } from "../../../../policy/check/formatTable";
import { readManifestText } from "../../../../policy/check/readManifestText";
import { readPackConfig } from "../../../../policy/check/readPackConfig";
import type { ObjectRule, StackRule } from "../../../../policy/rule";

const NOW = { now: new Date(0) };

const pod = (name: string, image: string, namespace = "default"): string =>
    `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec: { containers: [{ name: agent, image: "${image}" }] }\n`;

const read = (text: string) => readManifestText(text, { file: "m.yaml", skipOthers: false });

describe("checkObjects", () => {
    it("keeps every other finding when one object is too large for a rule", () => {
        const wide = `apiVersion: example.com/v1\nkind: Thing\nmetadata: { name: agent-x, namespace: org-a }\nspec: [${"{},".repeat(500_001)}]\n`;
        const settings = readPackConfig(undefined);
        const results = checkObjects(read(`${wide}---\n${pod("p", "nginx:latest")}`), settings, NOW);
        const summaries = results.map(({ level, finding }) => `${level} ${finding.summary}`);
        assert.ok(summaries.some((summary) => /^mandatory Pod default\/p: container/.test(summary)));
        assert.ok(
            summaries.some((summary) =>
                /^unknown Thing org-a\/agent-x cannot be checked: it has more than/.test(summary),
            ),
        );
    }).timeout(120_000);

    it("says of an object over which a rule fails that it was not judged", () => {
        const base = {
            name: "fails",
            description: "",
            level: "mandatory",
            severity: "low",
            remedy: "",
            config: readPackConfig(undefined)[0]?.rule.config,
        } as const;
        const fail = (): never => {
            throw new Error("broken");
        };
        const ofObjects = { ...base, checkObject: fail } as unknown as ObjectRule<unknown>;
        const ofStacks = { ...base, checkStack: fail } as unknown as StackRule<unknown>;
        for (const rule of [ofObjects, ofStacks]) {
            const [result] = checkObjects(
                read(pod("p", "nginx")),
                [{ rule, level: "mandatory", config: {} }],
                NOW,
            );
            assert.equal(result?.level, "unknown");
            assert.match(result.finding.summary, /cannot be checked: broken/);
        }
    });

    it("is shown without what moves a terminal's cursor, whatever an object is called", () => {
        const name = '"p\\e[2J\\u202e"';
        const input = read(pod("p", "nginx").replace("name: p,", `name: ${name},`));
        const results = checkObjects(input, readPackConfig(undefined), NOW);
        const report = { results, objects: 1, problems: [], notes: [] };
        for (const text of [formatTable(report), formatGithub(report)]) {
            assert.match(text, /Pod default\/p\?\[2J\?/);
        }
    });

    it("says once that agents are not compared with pins, and of how many", () => {
        const agents = Array.from({ length: 30 }, (_, index) =>
            pod(`agent-${index}`, "a/b:abc1234", "org-a"),
        );
        const results = checkObjects(read(agents.join("---\n")), readPackConfig(undefined), NOW);
        const summaries = results
            .filter(({ rule }) => rule.name === "require-platform-image")
            .map(({ finding }) => finding.summary);
        assert.equal(summaries.length, 1);
        assert.match(summaries[0] ?? "", /^agents are not compared .* \(30 objects, the first is here\)$/);
    });
});
