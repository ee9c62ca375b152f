import assert from "node:assert/strict";
import { describeOtherWorkloads } from "../../../../fleet/adopt/otherWorkloads";

describe("what else runs in a namespace that is adopted", () => {
    it("is named, with what quota, Pod Security and network policies do to it", () => {
        const strict = {
            securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
            containers: [
                {
                    name: "a",
                    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
                },
            ],
        };
        const loose = { hostNetwork: true, containers: [{ name: "b" }] };
        const of = (name: string, spec: object, metadata: object = {}) => ({
            metadata: { name, ...metadata },
            spec,
        });
        const lines = describeOtherWorkloads(
            new Map([
                [
                    "Deployment",
                    [
                        of("agent-coder", { template: { spec: loose } }),
                        of("web", { template: { spec: strict } }),
                    ],
                ],
                ["CronJob", [of("nightly", { jobTemplate: { spec: { template: { spec: loose } } } })]],
                ["Pod", [of("web-1", strict, { ownerReferences: [{}] }), of("bare", loose)]],
            ]),
        );
        assert.equal(lines.length, 3, lines.join("\n"));
        assert.match(lines[0] ?? "", /^Deployment "web".*takes its pods as they are.*quota.*NetworkPolicies/);
        assert.match(
            lines[1] ?? "",
            /^CronJob "nightly".*refuses each new pod of it \(hostNetwork, allowPrivilegeEscalation, capabilities, runAsNonRoot, seccompProfile\)/,
        );
        assert.match(lines[2] ?? "", /^Pod "bare"/);
    });
});
