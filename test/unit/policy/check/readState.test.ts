import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { describe, it } from "mocha";
import { readState } from "../../../../policy/check/readState";

function read(resources: unknown): ReturnType<typeof readState> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "state-"));
    try {
        const file = path.join(folder, "state.json");
        fs.writeFileSync(file, JSON.stringify({ version: 3, deployment: { resources } }));
        return readState(file);
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
}

const resource = (type: string, fields: object = {}): object => ({
    urn: `urn:pulumi:prod::p::${type}::name`,
    type,
    inputs: {},
    ...fields,
});

describe("readState", () => {
    it("reads the Kubernetes objects of a stack", () => {
        const { objects, problems } = read([
            resource("pulumi:pulumi:Stack"),
            resource("kubernetes:core/v1:Pod"),
        ]);
        assert.deepEqual([objects.length, problems], [1, []]);
    });

    for (const [what, resources] of [
        ["no resources", []],
        ["no Kubernetes resources", [resource("pulumi:pulumi:Stack"), resource("aws:s3/bucket:Bucket")]],
        ["only what is on its way out", [resource("kubernetes:core/v1:Pod", { delete: true })]],
        ["a Helm release alone", [resource("kubernetes:helm.sh/v3:Release")]],
        ["null for resources", null],
    ] as const) {
        it(`has nothing to check in a state with ${what}, and says so`, () => {
            assert.match(read(resources).problems[0] ?? "", /nothing was checked$/);
        });
    }
});
