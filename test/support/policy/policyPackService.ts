import { type ChildProcess, spawn } from "node:child_process";
import * as path from "node:path";
import * as grpc from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import {
    type AnalyzeDiagnostic,
    AnalyzeRequest,
    type AnalyzeResponse,
    AnalyzeStackRequest,
    type AnalyzerInfo,
    AnalyzerResource,
    AnalyzerResourceOptions,
    ConfigureAnalyzerRequest,
    EnforcementLevel,
    PolicyConfig,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { PACKAGE_ROOT } from "../../../lib/system/packageRoot";

/** The folder of this repository's policy pack. */
export const PACK = path.join(PACKAGE_ROOT, "policy");

/** A resource as the engine would send it. */
export interface Resource {
    readonly type: string;
    readonly name: string;
    readonly props: Readonly<Record<string, unknown>>;
}

/** What the pack said about a resource. */
export interface Diagnostic {
    readonly policy: string;
    readonly level: "advisory" | "mandatory" | "other";
    readonly message: string;
    readonly urn: string;
}

/** A policy's config as `--policy-pack-config` has it. */
export type PolicySettings = Readonly<
    Record<string, { readonly enforcementLevel?: string; readonly [key: string]: unknown }>
>;

/** A policy pack behind its real gRPC service, started as the engine starts it. */
export class PolicyPackService {
    private constructor(
        private readonly process: ChildProcess,
        private readonly client: AnalyzerClient,
        /** Milliseconds from the start of the process until it told its port. */
        public readonly startUp: number,
    ) {}

    /**
     * Starts a pack and waits for its port.
     *
     * @param cwd Where the process runs; the engine uses the pack's folder.
     * @throws Error with what the process wrote, when it ends before it serves.
     */
    static async start(pack = PACK, cwd = pack): Promise<PolicyPackService> {
        const started = performance.now();
        const runner = path.join(PACKAGE_ROOT, "node_modules/@pulumi/pulumi/cmd/run-policy-pack");
        const child = spawn(process.execPath, [runner, "127.0.0.1:1", pack], {
            cwd,
            env: { ...process.env, NODE_OPTIONS: "", PULUMI_NODEJS_TYPESCRIPT: "true" },
            stdio: ["ignore", "pipe", "pipe"],
        });
        const port = await new Promise<number>((resolve, reject) => {
            let output = "";
            let errors = "";
            child.stderr.on("data", (data: Buffer) => (errors += data.toString()));
            child.stdout.on("data", (data: Buffer) => {
                output += data.toString();
                const line = /^(\d+)\n/m.exec(output);
                if (line !== null) {
                    resolve(Number(line[1]));
                }
            });
            child.once("exit", (code) => {
                reject(
                    new Error(
                        `the policy pack ended with ${String(code)} before it served:\n${errors}${output}`,
                    ),
                );
            });
        });
        const address = `127.0.0.1:${port}`;
        const client = new AnalyzerClient(address, grpc.credentials.createInsecure());
        return new PolicyPackService(child, client, performance.now() - started);
    }

    /** The process, for its memory. */
    get pid(): number | undefined {
        return this.process.pid;
    }

    stop(): void {
        this.client.close();
        this.process.kill();
    }

    async info(): Promise<AnalyzerInfo> {
        return new Promise((resolve, reject) => {
            this.client.getAnalyzerInfo(new Empty(), answer(resolve, reject));
        });
    }

    /** Replaces the config of every policy, as the engine does once before the first resource. */
    async configure(settings: PolicySettings): Promise<void> {
        const request = new ConfigureAnalyzerRequest();
        const map = request.getPolicyconfigMap();
        const declared = (await this.info()).getPoliciesList();
        for (const [name, { enforcementLevel, ...properties }] of Object.entries(settings)) {
            const config = new PolicyConfig();
            const policy = declared.find((info) => info.getName() === name);
            config.setEnforcementlevel(
                enforcementLevel === undefined
                    ? (policy?.getEnforcementlevel() ?? EnforcementLevel.MANDATORY)
                    : EnforcementLevel[enforcementLevel.toUpperCase() as keyof typeof EnforcementLevel],
            );
            config.setProperties(toStruct(properties));
            map.set(name, config);
        }
        await new Promise((resolve, reject) => {
            this.client.configure(request, answer(resolve, reject));
        });
    }

    /** What the policies say about one resource. */
    async analyze({ type, name, props }: Resource): Promise<Diagnostic[]> {
        const request = new AnalyzeRequest();
        request.setType(type);
        request.setName(name);
        request.setUrn(urnOf(type, name));
        request.setProperties(toStruct(props));
        request.setOptions(new AnalyzerResourceOptions());
        const response = await new Promise<AnalyzeResponse>((resolve, reject) => {
            this.client.analyze(request, answer(resolve, reject));
        });
        return response.getDiagnosticsList().map(toDiagnostic);
    }

    /** What the stack policies say about all resources together. */
    async analyzeStack(resources: readonly Resource[]): Promise<Diagnostic[]> {
        const request = new AnalyzeStackRequest();
        for (const { type, name, props } of resources) {
            const resource = new AnalyzerResource();
            resource.setType(type);
            resource.setName(name);
            resource.setUrn(urnOf(type, name));
            resource.setProperties(toStruct(props));
            resource.setOptions(new AnalyzerResourceOptions());
            request.addResources(resource);
        }
        const response = await new Promise<AnalyzeResponse>((resolve, reject) => {
            this.client.analyzeStack(request, answer(resolve, reject));
        });
        return response.getDiagnosticsList().map(toDiagnostic);
    }
}

/** The URN that the service gets for a resource. */
export function urnOf(type: string, name: string): string {
    return `urn:pulumi:test::corpus::${type}::${name}`;
}

/** The type token of a manifest's kind, as @pulumi/kubernetes names it. */
export function typeOf(manifest: Readonly<Record<string, unknown>>): string {
    const apiVersion = String(manifest["apiVersion"]);
    return `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${String(manifest["kind"])}`;
}

function toStruct(value: Readonly<Record<string, unknown>>): Struct {
    return Struct.fromJavaScript(value as Record<string, JavaScriptValue>);
}

function toDiagnostic(diagnostic: AnalyzeDiagnostic): Diagnostic {
    const level = diagnostic.getEnforcementlevel();
    return {
        policy: diagnostic.getPolicyname(),
        level:
            level === EnforcementLevel.MANDATORY
                ? "mandatory"
                : level === EnforcementLevel.ADVISORY
                  ? "advisory"
                  : "other",
        message: diagnostic.getMessage(),
        urn: diagnostic.getUrn(),
    };
}

function answer<T>(resolve: (value: T) => void, reject: (error: Error) => void) {
    return (error: Error | null, value: T): void => {
        if (error === null) {
            resolve(value);
        } else {
            reject(error);
        }
    };
}
