import { z } from "zod";

const FORM = /^\d{1,15}(\.\d{1,9})?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/;

/** What a quantity counts: cores, bytes, or things. */
export type QuantityKind = "cpu" | "bytes" | "count";

const EXPECTED: Readonly<Record<QuantityKind, string>> = {
    cpu: 'expected cores as a string, such as "500m" or "2"',
    bytes: 'expected bytes as a string, such as "512Mi" or "2Gi"',
    count: 'expected a whole number as a string, such as "4"',
};

/**
 * Why Kubernetes would take a quantity for something that nobody means, with what was likely meant; nothing where it is fine.
 * The API server admits half a byte of memory and a billion cores.
 */
function slipOf(kind: QuantityKind, quantity: string): string | undefined {
    const [, number = "", unit = ""] = /^([\d.]+)(.*)$/.exec(quantity) ?? [];
    if (kind === "count") {
        return Number.isInteger(parseQuantity(quantity)) ? undefined : EXPECTED.count;
    }
    if (kind === "cpu") {
        if (/i$|^[MGTPE]$/.test(unit)) {
            return `"${unit}" measures memory; ${EXPECTED.cpu}`;
        }
        const milli = parseQuantity(quantity) * 1000;
        if (Math.abs(milli - Math.round(milli)) > 1e-6) {
            return `a core is given in thousandths; ${EXPECTED.cpu}`;
        }
        return milli > 1_024_000
            ? `that many cores has no node; did you mean "${number}m"? ${EXPECTED.cpu}`
            : undefined;
    }
    if (unit === "m") {
        return `"m" is a thousandth of a byte; did you mean "${number}Mi"?`;
    }
    const bytes = parseQuantity(quantity);
    return bytes > 0 && bytes < 1024 ? `that is ${bytes} bytes; did you mean "${number}Mi"?` : undefined;
}

/** A Kubernetes quantity of the forms that people write, of one kind: `100m`, `512Mi`, `4`. */
function quantitySchema(kind: QuantityKind): z.ZodType<string> {
    return z.string({ error: EXPECTED[kind] }).superRefine((quantity, context) => {
        const message = FORM.test(quantity) ? slipOf(kind, quantity) : EXPECTED[kind];
        if (message !== undefined) {
            context.addIssue(message);
        }
    });
}

/** What a resource of a container or of a quota is counted in: `limits.cpu`, `memory`, `pods`, `nvidia.com/gpu`. */
export function kindOf(resource: string): QuantityKind {
    const name = resource.replace(/^(requests|limits)\./, "");
    if (name === "cpu") {
        return "cpu";
    }
    return ["memory", "ephemeral-storage", "storage"].includes(name) || name.startsWith("hugepages-")
        ? "bytes"
        : "count";
}

/** A quantity of a resource, by the resource's name. */
export function quantityOf(resource: string): z.ZodType<string> {
    return quantitySchema(kindOf(resource));
}

const FACTORS: Readonly<Record<string, number>> = {
    m: 1e-3,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    T: 1e12,
    P: 1e15,
    E: 1e18,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    Ti: 2 ** 40,
    Pi: 2 ** 50,
    Ei: 2 ** 60,
};

/** The number that a quantity stands for, good enough to compare two; it must have passed {@link quantityOf}. */
export function parseQuantity(quantity: string): number {
    const [, number = "", unit = ""] = /^([\d.]+)(.*)$/.exec(quantity) ?? [];
    return Number(number) * (FACTORS[unit] ?? 1);
}

/** The shortest text of a number of cores, bytes or things, rounded up: what to write into a quota. */
export function formatQuantity(kind: QuantityKind, value: number): string {
    if (kind === "count") {
        return String(Math.ceil(value));
    }
    if (kind === "cpu") {
        const milli = Math.ceil(Number((value * 1000).toFixed(3)));
        return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
    }
    const mebibytes = Math.ceil(value / 2 ** 20);
    return mebibytes % 1024 === 0 ? `${mebibytes / 1024}Gi` : `${mebibytes}Mi`;
}
