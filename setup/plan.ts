import { z } from "zod";
import { agentNameSchema, objectNameSchema, slugSchema } from "../config/kubernetesNames";
import { parseImageReference } from "../images/imageReference";
import { judgeReference } from "../images/immutability";
import { runtimeNameSchema } from "../images/runtimeImages";
import { MendableError } from "../lib/text/mendableError";
import { quoteValue } from "../lib/text/quoteValue";

/** What `fleet init` was told: each is as an option or a person has it. */
export interface InitAnswers {
    /** `staging`, or `staging=kind-staging` where the context is called otherwise. */
    readonly environment?: readonly string[];
    /** Where the runtimes' images are: `ghcr.io/acme`. */
    readonly registry?: string;
    /** `claude-code=sha-19f3175`, `claude-code=sha256:…`, `claude-code=ghcr.io/acme/claude@sha256:…`, `claude-code=deployment`. */
    readonly runtime?: readonly string[];
    /** `none`, `managed`: this owns its Deployments; `found`: of Deployments that are there, their images alone. */
    readonly coreFleet?: string;
    /** `ceo=platform-agent` */
    readonly coreAgent?: readonly string[];
    readonly coreNamespace?: string;
    /** The first org's slug. */
    readonly org?: string;
    readonly displayName?: string;
    /** `github`, `gitea` or `none`. */
    readonly ci?: string;
}

/** A runtime with the image that it is pinned to; without one it follows a Deployment that is there. */
export interface PlannedRuntime {
    readonly name: string;
    readonly repository: string;
    /** `sha-19f3175`, whose digest the registry is asked for. */
    readonly tag?: string;
    readonly digest?: string;
}

/** What is to be written, read and checked. */
export interface InitPlan {
    readonly environments: readonly { readonly name: string; readonly context: string }[];
    readonly registry: string;
    readonly runtimes: readonly PlannedRuntime[];
    readonly core: {
        readonly kind: (typeof CORE_FLEETS)[number];
        readonly namespace: string;
        readonly agents: readonly { readonly name: string; readonly runtime: string }[];
    };
    readonly org: { readonly slug: string; readonly displayName: string };
    readonly ci: (typeof PIPELINES)[number];
}

/** What the platform's own agents may be to this project. */
export const CORE_FLEETS = ["none", "managed", "found"] as const;

/** The pipelines that there are workflows for. */
export const PIPELINES = ["github", "gitea", "none"] as const;

const environmentSchema = z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'expected a stack\'s name: a-z, 0-9 and "-"');

/**
 * Makes a plan of what was said.
 *
 * @throws MendableError with everything that is wrong or missing, one line each
 */
export function planInit(answers: InitAnswers): InitPlan {
    const problems: string[] = [];
    const check = (option: string, value: string, schema: z.ZodType) => {
        const message = schema.safeParse(value).error?.issues[0]?.message;
        if (message !== undefined) {
            problems.push(`${option} ${quoteValue(value)}: ${message}`);
        }
    };
    const pairs = (option: string, values: readonly string[] = []) =>
        values.map((value) => {
            const at = value.indexOf("=");
            const [left, right] = at < 0 ? [value, ""] : [value.slice(0, at), value.slice(at + 1)];
            if (values.filter((other) => other.split("=")[0] === left).length > 1) {
                problems.push(`${option} ${quoteValue(value)}: expected each name once`);
            }
            return { value, left, right };
        });
    const missing = (option: string, what: string) => {
        problems.push(`${option}: is missing; expected ${what}`);
    };

    const environments = pairs("--environment", answers.environment).map(({ left, right }) => {
        check("--environment", left, environmentSchema);
        return { name: left, context: right === "" ? left : right };
    });
    if (environments.length === 0) {
        missing("--environment", 'an environment with its kubeconfig context, such as "prod=eks-prod"');
    }
    const contexts = environments.map(({ context }) => context);
    if (new Set(contexts).size < contexts.length) {
        problems.push(
            "--environment: two have one context; expected a cluster each, since an org's namespace has the same name in both",
        );
    }
    const registry = answers.registry ?? "";
    if (registry === "") {
        missing("--registry", 'where the runtimes\' images are, such as "ghcr.io/acme"');
    } else if (
        !parseImageReference(`${registry}/x`).ok ||
        !registry.split("/")[0]?.match(/[.:]|^localhost$/)
    ) {
        problems.push(
            `--registry ${quoteValue(registry)}: expected a registry's name, such as "ghcr.io/acme"`,
        );
    }
    const runtimes = pairs("--runtime", answers.runtime).map(({ value, left, right }) => {
        check("--runtime", left, runtimeNameSchema);
        return readRuntime(left, right, registry, (why) =>
            problems.push(`--runtime ${quoteValue(value)}: ${why}`),
        );
    });
    if (runtimes.length === 0) {
        missing("--runtime", 'a runtime with its image, such as "claude-code=sha-19f3175"');
    }
    const slug = answers.org ?? "";
    if (slug === "") {
        missing("--org", 'the first org, such as "acme"');
    } else {
        check("--org", slug, slugSchema);
    }
    const core = planCore(answers, runtimes, { problems, check, pairs });
    const ci = oneOf("--ci", answers.ci ?? "github", PIPELINES, problems);
    if (problems.length > 0) {
        throw new MendableError(problems.join("\n"), { problems });
    }
    const displayName = answers.displayName ?? slug;
    return { environments, registry, runtimes, core, org: { slug, displayName }, ci };
}

function readRuntime(
    name: string,
    image: string,
    registry: string,
    refuse: (why: string) => void,
): PlannedRuntime {
    const repository = `${registry}/${name}`;
    if (image === "deployment") {
        return { name, repository };
    }
    const isWhole = image.includes("/");
    const text = isWhole ? image : `${repository}${image.startsWith("sha256:") ? "@" : ":"}${image}`;
    const parsed = parseImageReference(text);
    const verdict = parsed.ok ? judgeReference(parsed.reference) : undefined;
    if (image === "" || !parsed.ok || verdict?.kind === "mutable" || verdict?.kind === "unparsable") {
        const reason = parsed.ok ? (verdict?.kind === "mutable" ? verdict.reason : "") : parsed.reason;
        const why = image === "" ? "no image is named" : reason;
        refuse(
            `${why}; expected a git-SHA tag ("sha-19f3175"), a digest ("sha256:…"), a whole reference with one of them, ` +
                'or "deployment" where the pin follows a Deployment that is there',
        );
        return { name, repository };
    }
    const { reference } = parsed;
    return { name, repository: reference.repository, tag: reference.tag, digest: reference.digest };
}

function planCore(
    answers: InitAnswers,
    runtimes: readonly PlannedRuntime[],
    {
        problems,
        check,
        pairs,
    }: {
        problems: string[];
        check: (option: string, value: string, schema: z.ZodType) => void;
        pairs: (
            option: string,
            values?: readonly string[],
        ) => { value: string; left: string; right: string }[];
    },
): InitPlan["core"] {
    const agents = pairs("--core-agent", answers.coreAgent).map(({ value, left, right }) => {
        check("--core-agent", left, agentNameSchema);
        if (!runtimes.some(({ name }) => name === right)) {
            const known = runtimes.map(({ name }) => name).join(", ");
            problems.push(
                `--core-agent ${quoteValue(value)}: expected "<agent>=<runtime>", the runtime one of ${known || "--runtime"}`,
            );
        }
        return { name: left, runtime: right };
    });
    const said = answers.coreFleet ?? (agents.length > 0 ? "managed" : "none");
    const kind = oneOf("--core-fleet", said, CORE_FLEETS, problems);
    if (kind === said && (kind === "none") !== (agents.length === 0)) {
        problems.push(
            kind === "none"
                ? '--core-fleet "none": expected no --core-agent with it'
                : `--core-agent: is missing; expected the agents of the core fleet that is ${kind}, such as "ceo=${runtimes[0]?.name ?? "claude-code"}"`,
        );
    }
    const namespace = answers.coreNamespace ?? "agents";
    check("--core-namespace", namespace, objectNameSchema);
    return { kind, namespace, agents };
}

function oneOf<T extends string>(option: string, value: string, known: readonly T[], problems: string[]): T {
    const found = known.find((each) => each === value);
    if (found === undefined) {
        problems.push(`${option} ${quoteValue(value)}: expected one of ${known.join(", ")}`);
    }
    return found ?? (known[0] as T);
}
