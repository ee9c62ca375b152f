import { CUSTOMER_ORGS_PROJECT } from "../../config/loadStack";
import type { LoadedStacks } from "../../config/loadStacks";
import type { OperatorSettings } from "../../config/operatorSettings";
import { PROJECT_FILE } from "../../config/projectFile";
import { ConfigError } from "../../lib/text/configError";
import { MendableError } from "../../lib/text/mendableError";
import type { Chain } from "../chain";

/**
 * The longest name of a Stack object: what the operator makes of it, a pod's label with a hash among others, must fit in 63.
 * https://github.com/pulumi/pulumi-kubernetes-operator/issues/899
 */
const MAX_NAME = 42;

/** Every customer-orgs stack of a checkout, and the chains that they are. */
interface ReadFleet {
    readonly stacks: LoadedStacks["stacks"];
    readonly chains: readonly Chain[];
}

/** One stack as an operator is to run it. */
export interface OperatedStack {
    readonly stack: string;
    /** Of its Stack object. */
    readonly name: string;
    /** Its ring in its chain, from 1 on. */
    readonly ring: number;
    readonly settings: OperatorSettings;
    /** Names of the Stack objects that must have succeeded before. */
    readonly prerequisites: readonly string[];
    /** Stacks that it reads and another cluster's operator runs: no object here can wait for them. */
    readonly elsewhere: readonly string[];
}

/** All stacks of one cluster, ring by ring. */
export interface OperatorPlan {
    /** The kubeconfig context of the cluster that the operator runs in, as the stacks name it. */
    readonly context: string;
    readonly namespace: string;
    readonly stacks: readonly OperatedStack[];
}

/**
 * Decides which stacks the operator of one cluster runs, under which names and after which others. Pure.
 *
 * @param context the cluster's kubeconfig context; may be left out where all stacks are of one
 * @throws ConfigError with everything that keeps an operator from running them, of all stacks together
 */
export function planOperator({ stacks, chains }: ReadFleet, context?: string): OperatorPlan {
    const chosen = chooseContext(stacks, context);
    const wanted = chains.flatMap(({ rings }) =>
        rings.flatMap((ring, index) =>
            ring
                .filter(({ stack }) => stacks.get(stack)?.config.kubeContext === chosen)
                .map((member) => ({ ...member, ring: index + 1 })),
        ),
    );
    const names = wanted.map(({ stack }) => stack);
    const problems = [...findMissing(names, stacks), ...findDifferent(names, stacks), ...findNames(names)];
    for (const stack of names) {
        problems.push(...findUnreachable(stack, stacks));
    }
    if (problems.length > 0) {
        throw new ConfigError(problems);
    }
    const operated = wanted
        .sort((a, b) => a.ring - b.ring)
        .flatMap(({ stack, ring, reads }): OperatedStack[] => {
            const settings = settingsOf(stack, stacks);
            return settings === undefined
                ? []
                : [
                      {
                          stack,
                          name: nameOf(stack),
                          ring,
                          settings,
                          prerequisites: reads.filter((each) => names.includes(each)).map(nameOf),
                          elsewhere: reads.filter((each) => !names.includes(each)),
                      },
                  ];
        });
    return { context: chosen, namespace: operated[0]?.settings.namespace ?? "", stacks: operated };
}

function chooseContext(stacks: LoadedStacks["stacks"], context: string | undefined): string {
    const byContext = Map.groupBy(stacks, ([, { config }]) => config.kubeContext);
    const found = [...byContext]
        .map(([name, members]) => `"${name}" of ${members.map(([stack]) => stack).join(", ")}`)
        .sort()
        .join("; ");
    if (byContext.size === 0) {
        throw new MendableError(`there is no stack here; expected a file Pulumi.<stack>.yaml`);
    }
    if (context !== undefined && !byContext.has(context)) {
        throw new MendableError(`--context "${context}": no stack has this context; there is ${found}`);
    }
    if (context === undefined && byContext.size > 1) {
        throw new MendableError(
            `the stacks are of ${byContext.size} clusters, and an operator reaches its own without a credential, and no other: ` +
                `expected --context, ${found}`,
        );
    }
    return context ?? [...byContext.keys()].join();
}

function settingsOf(stack: string, stacks: LoadedStacks["stacks"]): OperatorSettings | undefined {
    return stacks.get(stack)?.config.operator;
}

function findMissing(names: readonly string[], stacks: LoadedStacks["stacks"]): readonly string[] {
    const missing = names.filter((stack) => settingsOf(stack, stacks) === undefined);
    const files = missing.length === names.length ? [PROJECT_FILE] : missing.map(fileOf);
    return missing.length === 0
        ? []
        : files.map(
              (file) =>
                  `${file}: ${CUSTOMER_ORGS_PROJECT}:operator: nothing; expected how the operator runs the stacks (docs/operator.md)`,
          );
}

/** What must be one for all: a prerequisite is looked up in its dependent's namespace, and a reference in its backend. */
function findDifferent(names: readonly string[], stacks: LoadedStacks["stacks"]): readonly string[] {
    return (["namespace", "backend", "organization"] as const).flatMap((word) => {
        const byValue = Map.groupBy(
            names.filter((stack) => settingsOf(stack, stacks) !== undefined),
            (stack) => settingsOf(stack, stacks)?.[word],
        );
        const said = [...byValue].map(([value, of]) => `"${value ?? ""}" of ${of.join(", ")}`);
        const why =
            word === "namespace"
                ? "a prerequisite is looked up in the namespace of its dependent"
                : "a stack reads its reference where its own state is";
        return said.length < 2
            ? []
            : [
                  `${CUSTOMER_ORGS_PROJECT}:operator.${word}: ${said.join(", ")}; expected one for all stacks: ${why}`,
              ];
    });
}

function findNames(names: readonly string[]): readonly string[] {
    const tooLong = names.filter((stack) => nameOf(stack).length > MAX_NAME || nameOf(stack) === "");
    const same = [...Map.groupBy(names, nameOf)].filter(([, of]) => of.length > 1);
    return [
        ...tooLong.map(
            (stack) =>
                `${fileOf(stack)}: the name "${nameOf(stack)}" of its Stack object has ${nameOf(stack).length} characters; expected 1 to ` +
                `${MAX_NAME}, which is what the operator takes: rename the stack, since a name that is cut off can be another's`,
        ),
        ...same.map(
            ([name, of]) =>
                `${of.map(fileOf).join(", ")}: their Stack objects would all be called "${name}"; expected names that differ in more than case and "_"`,
        ),
    ];
}

function findUnreachable(stack: string, stacks: LoadedStacks["stacks"]): readonly string[] {
    const config = stacks.get(stack)?.config;
    const organization = config?.operator?.organization;
    const foreign = (config?.referenceStack ?? []).filter((reference) => {
        const [, , named = organization] = reference.split("/").reverse();
        return organization !== undefined && named !== organization;
    });
    return [
        ...(config?.kubeconfig === undefined
            ? []
            : [
                  `${fileOf(stack)}: ${CUSTOMER_ORGS_PROJECT}:kubeconfig: "${config.kubeconfig}" is no file of the pod that the program runs in; ` +
                      "expected none: the pod has a kubeconfig of its own",
              ]),
        ...foreign.map(
            (reference) =>
                `${fileOf(stack)}: ${CUSTOMER_ORGS_PROJECT}:referenceStack: "${reference}" is of another organization than its stack would be, ` +
                `"${organization ?? ""}" (${CUSTOMER_ORGS_PROJECT}:operator.organization)`,
        ),
    ];
}

/** A stack's name as Kubernetes takes one: `Prod_EU` → `prod-eu`. Never cut off. */
function nameOf(stack: string): string {
    return stack
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "-")
        .replace(/^-|-$/g, "");
}

function fileOf(stack: string): string {
    return `Pulumi.${stack}.yaml`;
}
