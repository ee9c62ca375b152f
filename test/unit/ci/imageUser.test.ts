import assert from "node:assert/strict";
import { describeUserTrouble } from "../../../ci/imageUser";
import { smokedAgents } from "../../../ci/smokePlans";
import { OrgsDirectory } from "../../support/orgsDirectory";

/** A checkout with a stack, an org of two agents and a core agent, each of which may say who it runs as. */
function checkout(
    says: Partial<Record<"shared" | "stack" | "org" | "agent" | "core", number>>,
): OrgsDirectory {
    const files = new OrgsDirectory();
    const word = (layer: keyof typeof says) =>
        says[layer] === undefined ? {} : { securityContext: { runAsUser: says[layer] } };
    const runtimes = (layer: keyof typeof says) => ({ "claude-code": word(layer) });
    files.write("Pulumi.yaml", {
        ...{ name: "customer-orgs", runtime: "nodejs" },
        config: { "customer-orgs:runtimes": { value: runtimes("shared") } },
    });
    files.write("Pulumi.prod.yaml", {
        config: {
            "customer-orgs:referenceStack": "organization/platform/prod",
            "customer-orgs:orgs": "orgs",
            "customer-orgs:kubeContext": "prod",
            "customer-orgs:runtimes": runtimes("stack"),
        },
    });
    files.write("orgs/acme.yaml", {
        ...{ slug: "acme", displayName: "Acme", runtimes: runtimes("org") },
        agents: [
            { name: "coder", runtime: "claude-code", ...word("agent") },
            { name: "writer", runtime: "claude-code" },
        ],
    });
    files.write("platform/Pulumi.prod.yaml", {
        config: {
            "platform:kubeContext": "prod",
            "platform:runtimes": { "claude-code": { fromDeployment: {} } },
            "platform:coreFleet": {
                runtimes: runtimes("core"),
                agents: [{ name: "cto", runtime: "claude-code" }],
            },
        },
    });
    return files;
}

function troubleOf(user: string, says: Parameters<typeof checkout>[0]): string | undefined {
    const files = checkout(says);
    try {
        return describeUserTrouble(user, smokedAgents(files.root, "claude-code"));
    } finally {
        files.remove();
    }
}

describe("describeUserTrouble", () => {
    for (const user of ["", "0", "0:0", "root", "node", "node:node"]) {
        it(`names the agents that would never start with USER "${user}"`, () => {
            const all = /: "prod: acme\/coder", "prod: acme\/writer", "platform\/prod: cto" would not start/;
            assert.match(troubleOf(user, {}) ?? "", all);
        });
    }
    for (const user of ["1000", "1000:0", "65532:65532"]) {
        it(`has nothing against USER "${user}"`, () => {
            assert.equal(troubleOf(user, {}), undefined);
        });
    }

    it("takes a number from wherever it is said, and names who is left without one", () => {
        const core = /: "platform\/prod: cto" would not start/;
        assert.match(troubleOf("node", { shared: 1000 }) ?? "", core);
        assert.match(troubleOf("node", { stack: 1000 }) ?? "", core);
        assert.match(troubleOf("node", { org: 1000 }) ?? "", core);
        assert.match(
            troubleOf("node", { agent: 1000, core: 1000 }) ?? "",
            /: "prod: acme\/writer" would not start/,
        );
        assert.equal(troubleOf("node", { org: 1000, core: 1000 }), undefined);
    });

    it("plans a runtime that nobody has yet as Pulumi.yaml says", () => {
        const files = checkout({ shared: 1000 });
        try {
            const agents = smokedAgents(files.root, "codex");
            assert.deepEqual(
                agents.map(({ who }) => who),
                ["Pulumi.yaml"],
            );
            assert.match(describeUserTrouble("node", agents) ?? "", /"Pulumi\.yaml" would not start/);
        } finally {
            files.remove();
        }
    });
});
