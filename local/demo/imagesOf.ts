import { formatImageReference } from "../../images/imageReference";
import type { RuntimeImages } from "../../images/runtimeImages";

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
