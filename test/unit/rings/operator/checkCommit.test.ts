import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { checkCommit } from "../../../../rings/operator/checkCommit";
import { COMMIT, OperatorProject } from "../../../support/operator/operatorProject";

const PLATFORM = "organization/platform/prod";

describe("checkCommit", () => {
    const projects: OperatorProject[] = [];
    const project = (...args: ConstructorParameters<typeof OperatorProject>) => {
        const made = new OperatorProject(...args);
        projects.push(made);
        return made;
    };
    afterEach(() => {
        projects.splice(0).forEach((each) => {
            each.remove();
        });
    });
    const git = (root: string, ...args: readonly string[]) =>
        execFileSync("git", ["-C", root, "-c", "user.name=t", "-c", "user.email=t@example.com", ...args], {
            encoding: "utf8",
        }).trim();
    const committed = (root: string) => {
        git(root, "init", "--quiet");
        git(root, "add", "--all");
        git(root, "commit", "--quiet", "--message", "x");
        return git(root, "rev-parse", "HEAD");
    };

    it("takes a commit that has the stacks as they are here, whatever else is changed, and says when it cannot tell", async () => {
        const fleet = project({ canary: PLATFORM });
        assert.match((await checkCommit(fleet.root, COMMIT)) ?? "", /not a git repository/);
        const commit = committed(fleet.root);
        fleet.write("orgs/canary/acme.yaml", "another: text");
        assert.equal(await checkCommit(fleet.root, commit), undefined);
        assert.notEqual((await checkCommit(fleet.root, COMMIT)) ?? "", "");
    });

    it("refuses a commit that has another chain: a stack changed, added or deleted", async () => {
        const fleet = project({ canary: PLATFORM, prod: "canary", gone: PLATFORM });
        const commit = committed(fleet.root);
        fleet.writeStack("prod", PLATFORM);
        fleet.writeStack("new", PLATFORM);
        fleet.delete("Pulumi.gone.yaml");
        await assert.rejects(
            checkCommit(fleet.root, commit),
            /has Pulumi.gone.yaml, Pulumi.new.yaml, Pulumi.prod.yaml otherwise than the files here/,
        );
    });

    it("looks at the project's directory where that is not the repository's root", async () => {
        const fleet = project({ canary: PLATFORM });
        const outer = project({ other: PLATFORM });
        const inner = path.join(outer.root, "fleet");
        fs.cpSync(fleet.root, inner, { recursive: true });
        assert.equal(await checkCommit(inner, committed(outer.root)), undefined);
    });
});
