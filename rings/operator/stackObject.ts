import { CUSTOMER_ORGS_PROJECT } from "../../config/loadStack";
import type { OperatorSettings } from "../../config/operatorSettings";
import type { KubernetesObject } from "../../engine/evaluateProgram";
import { formatImageReference } from "../../images/imageReference";
import { KUBECONFIG_KEY } from "./kubeconfig";
import type { OperatedStack } from "./planOperator";

/** The label of a Stack object with its ring: `kubectl get stacks -L customer-orgs/ring`. */
const RING_LABEL = "customer-orgs/ring";

/** The volume with the kubeconfig, and where the program's container has it. */
const VOLUME = "fleet-kubeconfig";
const MOUNT_PATH = "/etc/fleet-kubeconfig";

/** What the operator calls the container that the program runs in. */
const CONTAINER = "pulumi";

/**
 * The Stack object of one stack, in the words of `pulumi.com/v1`.
 *
 * - `commit` and no branch: what runs changes when the object does, and at no other time.
 * - `continueResyncOnCommitMatch`: an update of the same commit proves what has soaked meanwhile, and reads what was proven before it.
 * - `useLocalStackOnly`: a stack that the backend does not have is an error; a wrong backend would else begin an empty state beside
 *   everything that runs.
 * - `destroyOnFinalize` is absent: deleting the object leaves the orgs as they are.
 *
 * @param commit 40 hex digits
 * @param kubeconfig the name of the ConfigMap
 */
export function makeStackObject(
    { stack, name, ring, settings, prerequisites }: OperatedStack,
    commit: string,
    kubeconfig: string,
): KubernetesObject {
    const { repository, directory, organization, backend, image, namespace, serviceAccount } = settings;
    const { resources } = settings;
    return {
        apiVersion: "pulumi.com/v1",
        kind: "Stack",
        metadata: { name, namespace, labels: { [RING_LABEL]: String(ring) } },
        spec: {
            stack: `${organization}/${CUSTOMER_ORGS_PROJECT}/${stack}`,
            projectRepo: repository,
            commit,
            ...(directory !== undefined && { repoDir: directory }),
            ...gitAuthOf(settings),
            backend,
            envRefs: envRefsOf(settings),
            useLocalStackOnly: true,
            ...(prerequisites.length > 0 && { prerequisites: prerequisites.map((each) => ({ name: each })) }),
            continueResyncOnCommitMatch: true,
            resyncFrequencySeconds: settings.resync / 1000,
            serviceAccountName: serviceAccount,
            workspaceTemplate: {
                spec: {
                    image: formatImageReference(image),
                    ...(resources !== undefined && { resources }),
                    podTemplate: {
                        spec: {
                            containers: [
                                {
                                    name: CONTAINER,
                                    volumeMounts: [{ name: VOLUME, mountPath: MOUNT_PATH, readOnly: true }],
                                },
                            ],
                            volumes: [{ name: VOLUME, configMap: { name: kubeconfig } }],
                        },
                    },
                },
            },
        },
    };
}

function gitAuthOf({ repository, gitSecret }: OperatorSettings): object {
    if (gitSecret === undefined) {
        return {};
    }
    const secret = secretOf(gitSecret);
    return {
        gitAuth: repository.startsWith("https:")
            ? { accessToken: secret }
            : { sshAuth: { sshPrivateKey: secret } },
    };
}

function envRefsOf({ env = {}, secretEnv = {} }: OperatorSettings): object {
    const literal = (value: string) => ({ type: "Literal", literal: { value } });
    return Object.fromEntries([
        ["KUBECONFIG", literal(`${MOUNT_PATH}/${KUBECONFIG_KEY}`)],
        ...Object.entries(env).map(([name, value]) => [name, literal(value)]),
        ...Object.entries(secretEnv).map(([name, secret]) => [name, secretOf(secret)]),
    ]) as object;
}

function secretOf({ secret, key }: NonNullable<OperatorSettings["gitSecret"]>): object {
    return { type: "Secret", secret: { name: secret, key } };
}
