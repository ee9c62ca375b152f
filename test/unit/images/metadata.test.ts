import assert from "node:assert/strict";
import { selectOrgs } from "../../../images/metadata";

describe("selectOrgs", () => {
    it("selects the objects of the orgs that are named, and no other's", () => {
        assert.equal(selectOrgs(["acme", "hooli"]), "customer-orgs/org in (acme,hooli)");
    });

    it("selects those of all orgs where there are none to name, or more than a request can", () => {
        const many = Array.from({ length: 1_000 }, (_, index) => `org-${index}`);
        assert.equal(selectOrgs([]), "customer-orgs/org");
        assert.equal(selectOrgs(many), "customer-orgs/org");
        assert.match(selectOrgs(many.slice(0, 400)), /^customer-orgs\/org in \(org-0,.*,org-399\)$/);
    });
});
