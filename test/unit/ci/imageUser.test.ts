import assert from "node:assert/strict";
import { describeUserTrouble } from "../../../ci/imageUser";

describe("describeUserTrouble", () => {
    for (const user of ["", "0", "0:0", "root", "node", "node:node"]) {
        it(`names USER "${user}", whose pods would never start, unless the profile says a number`, () => {
            assert.match(describeUserTrouble(user, undefined) ?? "", /would not start/);
            assert.equal(describeUserTrouble(user, 1000), undefined);
        });
    }
    for (const user of ["1000", "1000:0", "65532:65532"]) {
        it(`has nothing against USER "${user}"`, () => {
            assert.equal(describeUserTrouble(user, undefined), undefined);
        });
    }
});
