import { z } from "zod";
import { keySchema } from "./agent/containerWords";
import { objectNameSchema } from "./kubernetesNames";
import { durationTextSchema } from "./duration";

/** Where a value is in the external store; `{org}` in its key stands for the org's slug. */
const remoteRefSchema = z.strictObject({
    key: z.string().min(1, 'expected a key of the store, such as "orgs/{org}/anthropic"'),
    property: z.string().min(1).optional(),
    version: z.string().min(1).optional(),
});

/**
 * Where the Secrets of orgs come from: Secret → what its ExternalSecret says, in the words of the External Secrets Operator. An org
 * gets those that its agents need.
 *
 * @see https://external-secrets.io/latest/api/externalsecret/
 */
export const externalSecretsSchema = z
    .record(
        objectNameSchema,
        z
            .strictObject({
                secretStoreRef: z.strictObject({
                    name: objectNameSchema,
                    kind: z.enum(["ClusterSecretStore", "SecretStore"]).default("ClusterSecretStore"),
                }),
                refreshInterval: durationTextSchema.optional(),
                data: z
                    .array(z.strictObject({ secretKey: keySchema, remoteRef: remoteRefSchema }))
                    .optional(),
                dataFrom: z.array(z.strictObject({ extract: remoteRefSchema })).optional(),
            })
            .refine(
                ({ data = [], dataFrom = [] }) => data.length + dataFrom.length > 0,
                'expected keys under "data" or "dataFrom"',
            ),
    )
    .default({});

/** Where the Secrets of orgs come from. */
export type ExternalSecrets = z.infer<typeof externalSecretsSchema>;

/** What an org's ExternalSecret of a Secret says, with the org's slug in its keys. */
export function externalSecretFor(
    org: string,
    secret: string,
    said: ExternalSecrets[string],
): Readonly<Record<string, unknown>> {
    const ofOrg = <T extends { readonly key: string }>(ref: T): T => ({
        ...ref,
        key: ref.key.replaceAll("{org}", org),
    });
    return {
        ...said,
        data: said.data?.map(({ secretKey, remoteRef }) => ({ secretKey, remoteRef: ofOrg(remoteRef) })),
        dataFrom: said.dataFrom?.map(({ extract }) => ({ extract: ofOrg(extract) })),
        target: { name: secret },
    };
}
