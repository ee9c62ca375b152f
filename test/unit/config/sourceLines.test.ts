import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { SourceLines, formatPlace } from "../../../config/sourceLines";

const PROJECT = `name: customer-orgs
config:
  customer-orgs:runtimes:
    value:
      claude-code:
        probes:
          readiness: { tcpSocket: { port: 8080 } }
`;
const ORG = `slug: acme
shared: &env
  LOG_LEVEL: info
agents:
  - name: concierge
  - name: coder
    env: *env
    podLabels:
      app.kubernetes.io/team: support
      app: coder
`;

describe("the line of a value in a file of the checkout", () => {
    const root = fs.mkdtempSync(path.join(os.tmpdir(), "source-lines-"));
    fs.writeFileSync(path.join(root, "Pulumi.yaml"), PROJECT);
    fs.writeFileSync(path.join(root, "acme.yaml"), ORG);
    const lines = new SourceLines(root);
    after(() => {
        fs.rmSync(root, { recursive: true });
    });

    for (const [file, wanted, line] of [
        ["Pulumi.yaml", "customer-orgs:runtimes.claude-code.probes.readiness", 7],
        ["acme.yaml", "agents[1]", 6],
        ["acme.yaml", "agents[1].podLabels.app.kubernetes.io/team", 9],
        ["acme.yaml", "agents[1].podLabels.app", 10],
        ["acme.yaml", "agents[1].env.LOG_LEVEL", 3],
        ["acme.yaml", "agents[0].replicas", 5],
        ["acme.yaml", "imageOverrides.claude-code", undefined],
        ["nowhere.yaml", "slug", undefined],
    ] as const) {
        it(`of ${wanted} in ${file} is ${line ?? "not known"}`, () => {
            assert.equal(lines.place(file, wanted).line, line);
        });
    }

    it("is written as editors and terminals open it", () => {
        assert.equal(formatPlace({ file: "acme.yaml", line: 6, path: "agents[1]" }), "acme.yaml:6");
        assert.equal(formatPlace({ file: "acme.yaml", path: "agents[1]" }), "acme.yaml");
    });
});
