import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { choosePorts } from "../../../local/cluster/choosePorts";
import { clusterPaths } from "../../../local/cluster/clusterPaths";
import { clusterStatus } from "../../../local/cluster/clusterStatus";
import {
    readClusterRecord,
    writeClusterRecord,
    type ClusterRecord,
} from "../../../local/cluster/clusterRecord";
import { kwokctlConfig } from "../../../local/cluster/kwokctlConfig";

const record: ClusterRecord = {
    schemaVersion: 1,
    name: "a",
    createdAt: "2026-01-01T00:00:00.000Z",
    kubernetesVersion: "v1.36.3",
    nodes: 3,
    ports: {
        etcd: 20001,
        etcdPeer: 20002,
        apiServer: 20003,
        controllerManager: 20004,
        scheduler: 20005,
        kwok: 20006,
    },
    owner: null,
};

describe("a cluster's files", () => {
    let cache: string;

    beforeEach(async () => {
        cache = await mkdtemp(path.join(os.tmpdir(), "cluster-record-"));
    });
    afterEach(async () => rm(cache, { recursive: true }));

    it("hold a record that is read as it was written", async () => {
        const paths = clusterPaths("a", cache);
        await mkdir(paths.directory, { recursive: true });
        await writeClusterRecord(paths, record);
        assert.deepEqual(await readClusterRecord(paths), record);
    });

    it("count as having no record where it is cut off or of another shape", async () => {
        const paths = clusterPaths("a", cache);
        assert.equal(await readClusterRecord(paths), undefined);
        await mkdir(paths.directory, { recursive: true });
        for (const text of ["", "{", "[]", JSON.stringify({ ...record, schemaVersion: 2 })]) {
            await writeFile(paths.record, text);
            assert.equal(await readClusterRecord(paths), undefined, text);
        }
    });

    it("are a broken cluster when nothing runs, and an absent one when there are none", async () => {
        const paths = clusterPaths("a", cache);
        assert.equal((await clusterStatus("a", { cache })).state, "absent");
        await mkdir(paths.directory, { recursive: true });
        await writeClusterRecord(paths, record);
        const status = await clusterStatus("a", { cache });
        assert.equal(status.state, "broken");
        assert.equal(status.apiServer, "https://127.0.0.1:20003");
        assert.deepEqual(new Set(Object.values(status.components)), new Set([null]));
    });
});

describe("choosePorts", () => {
    it("finds six different free ports below those of node ports and outgoing connections", async () => {
        const ports = Object.values(await choosePorts(path.join(os.tmpdir(), "no-such-cache")));
        assert.equal(new Set(ports).size, 6);
        for (const port of ports) {
            assert.ok(port >= 20_000 && port < 30_000, String(port));
            const server = createServer();
            await new Promise<void>((resolve, reject) => {
                server.once("error", reject);
                server.listen(port, "127.0.0.1", resolve);
            });
            server.close();
        }
    });
});

describe("kwokctlConfig", () => {
    const binaryPaths = {
        kwokctl: "/b/kwokctl",
        kwok: "/b/kwok",
        etcd: "/b/etcd",
        "kube-apiserver": "/b/kube-apiserver",
        "kube-controller-manager": "/b/kube-controller-manager",
        "kube-scheduler": "/b/kube-scheduler",
    };
    const { options } = parse(kwokctlConfig({ binaryPaths, ports: record.ports })) as {
        options: Record<string, unknown>;
    };

    it("names every binary and port, so that kwokctl downloads and chooses nothing", () => {
        const values = new Set(Object.values(options));
        const started = Object.values(binaryPaths).filter((path) => path !== binaryPaths.kwokctl);
        for (const expected of [...started, ...Object.values(record.ports)]) {
            assert.ok(values.has(expected), String(expected));
        }
    });

    it("binds to loopback with TLS, authorization and admission on", () => {
        assert.equal(options["bindAddress"], "127.0.0.1");
        for (const option of ["securePort", "kubeAuthorization", "kubeAdmission", "disableQPSLimits"]) {
            assert.equal(options[option], true, option);
        }
    });
});
