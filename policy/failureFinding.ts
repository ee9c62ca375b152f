import type { Finding } from "./rule";

/** What there is to say of an object over which a rule failed: it was not judged, and so is not known to be right. */
export function failureFinding(object: string, error: unknown): Finding {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: "unknown", summary: `${object} cannot be checked: ${why}` };
}
