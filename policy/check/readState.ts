import * as fs from "node:fs";
import { z } from "zod";
import { readStdin } from "../../lib/system/readStdin";
import { messageOf } from "../../lib/text/mendableError";
import { objectsOfResource } from "../kubernetes/pulumiResource";
import { UNKNOWN, isObject, readField } from "../kubernetes/readField";
import { type CheckInput, type InputObject, type InputResource, notChecked } from "./checkInput";

/** The marks of a secret in a state: `sdk/go/common/resource/properties.go` of pulumi/pulumi. */
const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

/** What is read of `pulumi stack export`; everything else in it does not matter here. */
const exportSchema = z.object({
    deployment: z.object({
        resources: z
            .array(
                z.object({
                    urn: z.string(),
                    type: z.string(),
                    inputs: z.record(z.string(), z.unknown()).default({}),
                    // On its way out, or read from elsewhere: not what this stack runs.
                    delete: z.boolean().default(false),
                    external: z.boolean().default(false),
                }),
            )
            .nullish(),
    }),
});

/** Reads the resources of a stack from what `pulumi stack export` wrote. Never throws. */
export function readState(file: string): CheckInput {
    let parsed;
    try {
        const bytes = file === "-" ? readStdin() : fs.readFileSync(file);
        parsed = exportSchema.safeParse(JSON.parse(bytes.toString("utf8")));
    } catch (error) {
        return notChecked(`${file}: cannot be read: ${messageOf(error)}`);
    }
    if (!parsed.success) {
        const issues = parsed.error.issues.map(
            ({ path, message }) => `${path.map(String).join(".")}: ${message}`,
        );
        return notChecked(
            `${file}: is not what "pulumi stack export" writes: ${issues.slice(0, 3).join("; ")}`,
        );
    }
    const resources = (parsed.data.deployment.resources ?? []).filter(
        (resource) => !resource.delete && !resource.external,
    );
    if (resources.length === 0) {
        return notChecked(`${file}: has no resource in it, so nothing was checked`);
    }
    const objects: InputObject[] = [];
    const others: InputResource[] = [];
    for (const { urn, type, inputs } of resources) {
        if (!type.startsWith("kubernetes:")) {
            continue;
        }
        const name = urn.slice(urn.lastIndexOf("::") + 2);
        const props = revealSecrets(inputs) as object;
        others.push({ type, props, name, origin: urn });
        objects.push(...objectsOfResource(type, props, name).map((object) => ({ object, origin: urn })));
    }
    // A Helm release is named by a rule, but nothing of what it runs is there to be checked.
    const nothing = `${file}: has no Kubernetes object in it, so nothing was checked`;
    return { objects, resources: others, problems: objects.length === 0 ? [nothing] : [], notes: [] };
}

/**
 * Secrets as their values, where the export was made with `--show-secrets`. Encrypted ones are unknown: an image in one
 * cannot be judged, and is said to be so.
 */
function revealSecrets(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(revealSecrets);
    }
    if (!isObject(value)) {
        return value;
    }
    if (readField(value, SIGNATURE_KEY) === SECRET_SIGNATURE) {
        const plain = readField(value, "plaintext");
        try {
            return typeof plain === "string" ? (JSON.parse(plain) as unknown) : UNKNOWN;
        } catch {
            return UNKNOWN;
        }
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revealSecrets(item)]));
}
