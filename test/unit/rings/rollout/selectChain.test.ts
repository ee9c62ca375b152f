import assert from "node:assert/strict";
import { makeChains } from "../../../../rings/chain";
import { selectChain } from "../../../../rings/rollout/selectChain";

const CHAINS = makeChains(
    Object.entries({
        "prod-canary": ["organization/platform/prod"],
        prod: ["prod-canary"],
        "prod-2": ["prod-canary"],
        late: ["prod", "prod-2"],
        production: ["prod-canary"],
        staging: ["organization/platform/staging"],
    }).map(([stack, referenceStacks]) => ({ stack, referenceStacks })),
);
const select = (names: readonly string[], to?: string) =>
    selectChain(CHAINS, names, to).rings.map((ring) => ring.map(({ stack }) => stack));

describe("what a rollout goes through", () => {
    it("is a stack with all that are named after it, and every ring that they read from", () => {
        assert.deepEqual(select(["prod"]), [["prod-canary"], ["prod", "prod-2"]]);
        assert.deepEqual(select(["prod-2"]), [["prod-canary"], ["prod-2"]]);
        assert.deepEqual(select(["late"]), [["prod-canary"], ["prod", "prod-2"], ["late"]]);
        assert.deepEqual(select(["prod-2", "production"]), [["prod-canary"], ["prod-2", "production"]]);
    });

    it("is everybody who reads from a platform", () => {
        assert.deepEqual(select(["platform/prod"]), [
            ["prod-canary"],
            ["prod", "prod-2", "production"],
            ["late"],
        ]);
        assert.deepEqual(select(["staging"]), [["staging"]]);
    });

    it("ends with the ring that it is told, by its number or a stack in it", () => {
        assert.deepEqual(select(["late"], "1"), [["prod-canary"]]);
        assert.deepEqual(select(["late"], "prod-2"), [["prod-canary"], ["prod", "prod-2"]]);
        for (const to of ["0", "4", "staging", "x"]) {
            assert.throws(() => select(["late"], to), {
                message: `--to "${to}": expected a stack of the rollout, or the number of a ring from 1 to 3`,
            });
        }
    });

    it("is refused where it is nobody, or two chains", () => {
        assert.throws(
            () => select(["prodd"]),
            /^MendableError: "prodd": expected a stack.*"platform\/staging", "staging"/,
        );
        assert.throws(() => select(["prod", "stagin"]), /"stagin": expected a stack/);
        assert.throws(
            () => select([]),
            /one chain, and these are meant: "platform\/prod", "platform\/staging"/,
        );
        assert.throws(() => selectChain([], []), /there is no customer-orgs stack here/);
    });
});
