import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { NeededObject } from "../config/agent/neededObjects";
import { type ExternalSecrets, externalSecretFor } from "../config/externalSecrets";
import { LABELS } from "../images/metadata";
import { managedLabels } from "./objectMetadata";

/** Declares where the Secrets come from that an org's agents need, of those of which the stack says it; values pass nowhere here. */
export function declareExternalSecrets(
    org: string,
    namespace: pulumi.Input<string>,
    needs: readonly NeededObject[],
    said: ExternalSecrets,
    parent: pulumi.Resource,
): void {
    const secrets = new Set(needs.filter(({ kind }) => kind === "Secret").map(({ name }) => name));
    for (const [secret, spec] of Object.entries(said)) {
        if (secrets.has(secret)) {
            new kubernetes.apiextensions.CustomResource(
                `${org}.${secret}`,
                {
                    apiVersion: "external-secrets.io/v1",
                    kind: "ExternalSecret",
                    metadata: {
                        name: secret,
                        namespace,
                        labels: { ...managedLabels("external-secret", org), [LABELS.org]: org },
                    },
                    spec: externalSecretFor(org, secret, spec),
                },
                { parent },
            );
        }
    }
}
