import assert from "node:assert/strict";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ProgramContext } from "../../../components/runProgram";
import { evaluateProgram } from "../../../engine/evaluateProgram";
import { promiseOf } from "../../../components/promiseOf";

const CONTEXT: ProgramContext = { settings: {}, stackName: "dev", root: ".", now: new Date() };

function evaluate(program: () => object | Promise<object>, references = {}) {
    return evaluateProgram("customer-orgs", async () => ({ ...(await program()) }), CONTEXT, references);
}

function configMap(name: string, value: pulumi.Input<string>): kubernetes.core.v1.ConfigMap {
    return new kubernetes.core.v1.ConfigMap(name, { metadata: { name }, data: { value } });
}

describe("evaluateProgram", () => {
    it("collects Kubernetes objects with their outputs resolved, and the program's outputs", async () => {
        const { objects, outputs } = await evaluate(() => {
            const first = configMap("first", "1");
            configMap("second", first.metadata.name);
            return { name: first.metadata.name, nested: { list: [pulumi.output(1)] } };
        });
        assert.deepEqual(objects, [
            { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "first" }, data: { value: "1" } },
            { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "second" }, data: { value: "first" } },
        ]);
        assert.deepEqual(outputs, { name: "first", nested: { list: [1] } });
    });

    it("waits for objects on which no output depends", async () => {
        const slow = new Promise<string>((resolve) => setTimeout(resolve, 20, "late"));
        const { objects } = await evaluate(() => {
            configMap("a", slow);
            return {};
        });
        assert.deepEqual(objects[0]?.["data"], { value: "late" });
    });

    it("answers a StackReference from what it is given, and nothing for other stacks", async () => {
        const read = () => {
            const one = new pulumi.StackReference("one", { name: "a/b/c" });
            const other = new pulumi.StackReference("other", { name: "a/b/d" });
            return { one: one.getOutput("x"), other: other.getOutput("x") };
        };
        const { outputs } = await evaluate(read, { "a/b/c": { x: 1 } });
        assert.deepEqual(outputs, { one: 1, other: undefined });
    });

    it("says where it is: project, stack and organization", async () => {
        const { outputs } = await evaluate(() => ({
            where: [pulumi.getOrganization(), pulumi.getProject(), pulumi.getStack()],
        }));
        assert.deepEqual(outputs, { where: ["organization", "customer-orgs", "dev"] });
    });

    it("fails with what the program throws", async () => {
        await assert.rejects(
            evaluate(() => {
                throw new RangeError("no");
            }),
            { name: "RangeError", message: "no" },
        );
    });

    it("fails with what an exported output fails with", async () => {
        const failing = () => ({
            x: pulumi.output(1).apply(() => {
                throw new Error("in an output");
            }),
        });
        await assert.rejects(evaluate(failing), /in an output/);
    });

    it("fails with what an object fails with, even where nothing exported depends on it", async () => {
        await assert.rejects(
            evaluate(() => {
                configMap("a", Promise.reject(new Error("in an input")));
                return {};
            }),
            /in an input/,
        );
    });

    it("leaves no listener behind", async () => {
        const before = process.listenerCount("unhandledRejection");
        await evaluate(() => ({}));
        await evaluate(() => Promise.reject(new Error("x"))).catch(() => undefined);
        assert.equal(process.listenerCount("unhandledRejection"), before);
    });
});

describe("promiseOf", () => {
    it("is the output's value, or rejects with its error", async () => {
        assert.deepEqual(await promiseOf(pulumi.output({ a: Promise.resolve(1) })), { a: 1 });
        const failing = pulumi.output(1).apply(() => {
            throw new Error("no");
        });
        await assert.rejects(promiseOf(failing), /no/);
    });
});
