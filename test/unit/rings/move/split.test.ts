import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { readAllParts } from "../../../../rings/move/makeStack";
import { planSplit } from "../../../../rings/move/planSplit";
import { OrgsDirectory } from "../../../support/orgsDirectory";

describe("a split", () => {
    it("makes even parts in alphabetical order, of which the stack keeps the first", () => {
        const slugs = ["e", "c", "a", "d", "b"];
        assert.deepEqual(planSplit("prod", "orgs/prod", slugs, 2), [
            { stack: "prod", orgs: "orgs/prod", slugs: ["a", "b", "c"] },
            { stack: "prod-2", orgs: "orgs/prod-2", slugs: ["d", "e"] },
        ]);
        for (const [count, into] of [
            [20, 20],
            [101, 20],
            [1000, 7],
        ] as const) {
            const all = Array.from({ length: count }, (_, index) => `org-${String(index).padStart(4, "0")}`);
            const parts = planSplit("prod", "orgs/prod/", all, into);
            assert.deepEqual(
                parts.flatMap((part) => part.slugs),
                all,
            );
            const sizes = parts.map((part) => part.slugs.length);
            assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, sizes.join());
            assert.equal(parts.at(-1)?.orgs, `orgs/prod-${into}`);
        }
    });

    it("has whoever read the stack read all of its parts, once, and keeps the rest of the file", () => {
        const checkout = new OrgsDirectory();
        const file = path.join(checkout.root, "Pulumi.late.yaml");
        fs.writeFileSync(
            file,
            "config:\n  # behind everybody\n  customer-orgs:referenceStack: organization/customer-orgs/prod\n  customer-orgs:orgs: orgs/late\n",
        );
        const readers = (references: readonly string[]) => [{ stack: "late", references }];
        const own = "organization/customer-orgs/prod";
        const parts = ["prod-2", "prod-3"];
        const all = [own, `${own}-2`, `${own}-3`];
        assert.deepEqual(readAllParts(checkout.root, readers([own]), "prod", parts), ["late"]);
        assert.equal(
            fs.readFileSync(file, "utf8"),
            `config:\n  # behind everybody\n  customer-orgs:referenceStack:\n${all.map((each) => `    - ${each}\n`).join("")}  customer-orgs:orgs: orgs/late\n`,
        );
        assert.deepEqual(readAllParts(checkout.root, readers(all), "prod", parts), []);
        checkout.remove();
    });
});
