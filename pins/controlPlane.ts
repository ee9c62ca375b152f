import * as path from "node:path";
import { readAuthorities } from "../lib/http/readAuthorities";
import { DEFAULT_PATIENCE, type Patience, retry } from "../lib/http/retry";
import { describeAnswer, send } from "../lib/http/send";
import { MendableError } from "../lib/text/mendableError";
import type { ControlPlaneConfig } from "../platform/promotionConfig";
import type { Announce } from "./moveEnvironment";

/** Where a control plane takes promotions, below its base URL. */
const PROMOTE_PATH = "/cp/admin/runtime-image/promote";

/**
 * Tells a control plane of pins: `POST <url>/cp/admin/runtime-image/promote` with `template_name` and `digest`. Anything but
 * 200 and 201 is an error with status and a clipped body; what holds for every request that carries a credential is {@link send}'s.
 * Safe to repeat: a promotion sets a digest.
 *
 * @param token sent as a bearer token, and removed from every text that comes back
 */
export function connectControlPlane(
    { url: base, caFile, templateNames }: ControlPlaneConfig,
    token: string,
    root: string,
    patience: Patience = DEFAULT_PATIENCE,
): Announce {
    const url = `${base.replace(/\/+$/, "")}${PROMOTE_PATH}`;
    const who = `POST ${url}`;
    return async (runtime, digest) => {
        const ca =
            caFile === undefined
                ? undefined
                : readAuthorities(path.resolve(root, caFile), `${who}: caFile: "${caFile}"`);
        const answer = await retry(
            () =>
                send({
                    who,
                    url,
                    method: "POST",
                    headers: {
                        accept: "application/json",
                        authorization: `Bearer ${token}`,
                        "content-type": "application/json",
                    },
                    body: JSON.stringify({ template_name: templateNames.get(runtime) ?? runtime, digest }),
                    timeoutMs: patience.timeoutMs,
                    ca,
                    caSetting: "caFile under platform:promotion.controlPlane",
                }),
            patience,
        );
        if (answer.status !== 200 && answer.status !== 201) {
            throw new MendableError(`${who}: ${describeAnswer(answer, "200 or 201")}`);
        }
    };
}
