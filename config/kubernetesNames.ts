import { z } from "zod";
import { AGENT_DEPLOYMENT_PREFIX, ORG_NAMESPACE_PREFIX } from "../images/metadata";

/** Characters of a DNS label: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names */
const DNS_LABEL_LENGTH = 63;

/** The longest slug: `org-<slug>` is a namespace, and a namespace's name is a DNS label. */
const MAX_SLUG_LENGTH = DNS_LABEL_LENGTH - ORG_NAMESPACE_PREFIX.length;

/** The longest agent name: `agent-<name>` is a label's value too. */
const MAX_AGENT_NAME_LENGTH = DNS_LABEL_LENGTH - AGENT_DEPLOYMENT_PREFIX.length;

/** A name that becomes part of a DNS label of which `maxLength` characters are left. */
export function dnsLabelSchema(maxLength: number, whole: string): z.ZodString {
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
