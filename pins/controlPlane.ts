import * as path from "node:path";
import { z } from "zod";
import { readAuthorities } from "../lib/http/readAuthorities";
import { DEFAULT_PATIENCE, type Patience, retry } from "../lib/http/retry";
import { describeAnswer, send } from "../lib/http/send";
import { MendableError } from "../lib/text/mendableError";
import { quoteValue } from "../lib/text/quoteValue";
import type { ControlPlaneConfig } from "../platform/promotionConfig";

/** Tells an environment's control plane of a pin. Throws when it did not accept it. */
export type Announce = (runtime: string, digest: string) => Promise<void>;

/** Where a control plane takes promotions, below its base URL. */
const PROMOTE_PATH = "/cp/admin/runtime-image/promote";

/** Bytes of an answer that are read; a real one has a few hundred. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * Tells a control plane of pins: `POST <url>/cp/admin/runtime-image/promote` with `template_name` and `digest`. Anything but
 * 200 and 201 is an error with status and a clipped body, and so is an answer that is no JSON object or speaks of another pin: a
 * login page has status 200 too. What holds for every request that carries a credential is {@link send}'s.
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
        const template = templateNames.get(runtime) ?? runtime;
        const ca = readCaFile(caFile, root, who);
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
                    body: JSON.stringify({ template_name: template, digest }),
                    timeoutMs: patience.timeoutMs,
                    maxBytes: MAX_ANSWER_BYTES,
                    ca,
                    caSetting: "caFile under platform:promotion.controlPlane",
                }),
            patience,
        );
        if (answer.status !== 200 && answer.status !== 201) {
            throw new MendableError(`${who}: ${describeAnswer(answer, "200 or 201")}`);
        }
        const trouble = answerTrouble(answer.body, template, digest);
        if (trouble !== undefined) {
            throw new MendableError(
                `${who}: ${trouble}; whether it accepted the pin is unknown: ${describeAnswer(answer)}`,
            );
        }
    };
}

/**
 * The authorities of a control plane, where it has private ones.
 *
 * @throws MendableError when the file cannot be used
 */
export function readCaFile(
    caFile: ControlPlaneConfig["caFile"],
    root: string,
    who: string,
): readonly string[] | undefined {
    return caFile === undefined
        ? undefined
        : readAuthorities(path.resolve(root, caFile), `${who}: caFile: "${caFile}"`);
}

// Loose: what it says besides is its own affair.
const answerSchema = z.looseObject({
    template_name: z.string().optional(),
    error: z.unknown().optional(),
});

/** Why an answer is no acceptance of a pin. */
function answerTrouble(body: string, template: string, digest: string): string | undefined {
    let value: unknown;
    try {
        value = JSON.parse(body);
    } catch {
        return body === "" ? "its answer is empty, expected JSON" : "its answer is no JSON";
    }
    const parsed = answerSchema.safeParse(value);
    if (!parsed.success) {
        return "its answer is no JSON object about a pin";
    }
    const { template_name: named, error } = parsed.data;
    if (error !== undefined && error !== null && error !== false && error !== "") {
        return "its answer names an error";
    }
    if (named !== undefined && named !== template) {
        return `its answer is about the template ${quoteValue(named)}, expected "${template}"`;
    }
    // It may tell the digest before beside the new one.
    const digests = valuesOf(value, "digest");
    return digests.length === 0 || digests.includes(digest)
        ? undefined
        : `its answer names the digest ${quoteValue(digests[0])}, expected "${digest}"`;
}

/** What stands under a key anywhere in a JSON value. */
function valuesOf(value: unknown, key: string): readonly unknown[] {
    return typeof value !== "object" || value === null
        ? []
        : Object.entries(value as Record<string, unknown>).flatMap(([name, inner]) => [
              ...(name === key && typeof inner !== "object" ? [inner] : []),
              ...valuesOf(inner, key),
          ]);
}
