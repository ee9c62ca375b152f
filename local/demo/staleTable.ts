import { formatImageReference, parseImageReference } from "../../images/imageReference";
import type { RuntimeImages } from "../../images/runtimeImages";
import type { LiveAgent } from "./clusterView";
import type { PlannedChange } from "./delivery";

/** The pins as plain text: runtime → image. */
export function imagesOf(pins: RuntimeImages): Readonly<Record<string, string>> {
    return Object.fromEntries(
        [...pins].map(([runtime, { image }]) => [runtime, formatImageReference(image)]),
    );
}

/** The namespaces that nobody's stack owns. */
export function findUnmanaged(
    namespaces: readonly { name: string; labels: Readonly<Record<string, string>> }[],
): readonly string[] {
    return namespaces
        .filter(({ labels }) => labels["app.kubernetes.io/managed-by"] !== "pulumi")
        .map(({ name }) => name)
        .sort();
}

/** A line for every agent: what it runs, and what it would run. */
export function staleTable(live: readonly LiveAgent[], changes: readonly PlannedChange[]): string {
    const rows = live.map(({ key, image, held }) => {
        const change = changes.find((planned) => planned.key === key);
        const status =
            change === undefined ? (held === undefined ? "current" : `held until ${held}`) : "stale";
        return [key, shorten(image), change === undefined ? "" : shorten(change.to), status];
    });
    const table = [["AGENT", "RUNS", "WOULD RUN", "STATUS"], ...rows];
    const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
    return table
        .map((row) =>
            row
                .map((cell, column) => cell.padEnd(widths[column] ?? 0))
                .join("  ")
                .trimEnd(),
        )
        .join("\n");
}

/** `sha-19f3175@8536fbc57064`: enough to tell two images apart. */
function shorten(image: string): string {
    const parsed = parseImageReference(image);
    if (!parsed.ok) {
        return image;
    }
    const { tag, digest } = parsed.reference;
    return [tag, digest?.slice("sha256:".length, "sha256:".length + 12)]
        .filter((part) => part !== undefined)
        .join("@");
}
