import { after, afterEach, before } from "mocha";
import { PolicyPackService } from "./policyPackService";

/**
 * Gives the suite it is called in (a `describe`) this repository's pack behind its real gRPC service. Each test starts with the
 * defaults of every policy.
 *
 * @returns a function that returns the service, to be called within hooks and tests.
 */
export function usePolicyPack(): () => PolicyPackService {
    let service: PolicyPackService | undefined;
    before("the policy pack", async () => {
        service = await PolicyPackService.start();
    });
    afterEach("the policies' defaults", () => service?.configure({}));
    after("the policy pack ends", () => {
        service?.stop();
    });
    return () => {
        if (service === undefined) {
            throw new Error("the service is there only within hooks and tests");
        }
        return service;
    };
}
