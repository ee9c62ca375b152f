import * as path from "node:path";
import type { FileRole } from "./checkInput";

/** KUTTL's names of what a step expects: https://kuttl.dev/docs/testing/steps.html */
const KUTTL_EXPECTATION = /^\d+-(?:assert|errors)(?:[-.].*)?\.ya?ml$/i;

/** Names that say that a file holds what somebody expects. */
const EXPECTATION = /(?:^|[-_.])(?:assert|asserts|assertion|assertions|expected|error|errors)\.ya?ml$/i;

const CHAINSAW_TEST = /^chainsaw-test\.ya?ml$/i;

/**
 * What a file is for by the conventions of tests on clusters: KUTTL's and Chainsaw's expectations hold only the fields that
 * they compare, and create nothing. Without such a test beside it, a file of that name may be created, so its images count.
 */
export function testRole(file: string, files: readonly string[]): FileRole | undefined {
    const name = path.basename(file);
    if (KUTTL_EXPECTATION.test(name)) {
        return { kind: "aside", why: "it is what a test expects" };
    }
    if (!EXPECTATION.test(name)) {
        return undefined;
    }
    const directory = path.dirname(file);
    const isChainsaw = files.some(
        (other) => path.dirname(other) === directory && CHAINSAW_TEST.test(path.basename(other)),
    );
    return isChainsaw ? { kind: "aside", why: "it is what a test expects" } : { kind: "patch" };
}
