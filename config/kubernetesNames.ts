import { z } from "zod";
import { AGENT_DEPLOYMENT_PREFIX, ORG_NAMESPACE_PREFIX } from "../images/metadata";

/** Characters of a DNS label: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names */
const DNS_LABEL_LENGTH = 63;

/** The longest slug: `org-<slug>` is a namespace, and a namespace's name is a DNS label. */
const MAX_SLUG_LENGTH = DNS_LABEL_LENGTH - ORG_NAMESPACE_PREFIX.length;

/** The longest agent name: `agent-<name>` is a label's value too. */
const MAX_AGENT_NAME_LENGTH = DNS_LABEL_LENGTH - AGENT_DEPLOYMENT_PREFIX.length;

/** A name that becomes part of a DNS label of which `maxLength` characters are left. */
function dnsLabelSchema(maxLength: number, whole: string): z.ZodString {
    return z
        .string()
        .max(
            maxLength,
            `expected at most ${maxLength} characters, since "${whole}" must fit in ${DNS_LABEL_LENGTH}`,
        )
        .regex(
            /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
            'expected a DNS label: a-z, 0-9 and "-", not "-" at either end',
        );
}

/** A customer org's slug: `acme`. */
export const slugSchema = dnsLabelSchema(MAX_SLUG_LENGTH, `${ORG_NAMESPACE_PREFIX}<slug>`);

/** An agent's name within its org: `main`. */
export const agentNameSchema = dnsLabelSchema(MAX_AGENT_NAME_LENGTH, `${AGENT_DEPLOYMENT_PREFIX}<name>`);

/** The name of an object that is referred to (a Secret, a ServiceAccount): a DNS subdomain. */
export const objectNameSchema = z
    .string()
    .max(253, "expected at most 253 characters")
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, "expected the name of a Kubernetes object");

/** A Kubernetes quantity of the forms that people write: `100m`, `0.5`, `512Mi`, `2G`. */
export const quantitySchema = z
    .string({ error: 'expected a Kubernetes quantity as a string, such as "100m" or "512Mi"' })
    .regex(
        /^\d{1,15}(\.\d{1,9})?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/,
        'expected a Kubernetes quantity, such as "100m" or "512Mi"',
    );

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

/** The number that a quantity stands for, good enough to compare two; it must have passed {@link quantitySchema}. */
export function parseQuantity(quantity: string): number {
    const [, number = "", unit = ""] = /^([\d.]+)(.*)$/.exec(quantity) ?? [];
    return Number(number) * (FACTORS[unit] ?? 1);
}
