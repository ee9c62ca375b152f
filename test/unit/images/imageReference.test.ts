import assert from "node:assert/strict";
import { describe, it } from "mocha";
import {
    formatImageReference,
    parseImageReference,
    sameRepository,
    withDigest,
} from "../../../images/imageReference";
import { digestTrouble } from "../../../images/referenceTrouble";
import { quoteValue } from "../../../lib/text/quoteValue";

const SHA256 = `sha256:${"a".repeat(64)}`;

function parse(text: string) {
    const parsed = parseImageReference(text);
    assert.ok(parsed.ok, parsed.ok ? "" : `${text}: ${parsed.reason}`);
    return parsed.reference;
}

function reasonOf(text: unknown): string {
    const parsed = parseImageReference(text);
    assert.ok(!parsed.ok, `${JSON.stringify(text)} was read`);
    return parsed.reason;
}

describe("parseImageReference", () => {
    const readable: [
        string,
        { registry: string; path: string; repository: string; tag?: string; digest?: string },
    ][] = [
        ["nginx", { registry: "docker.io", path: "library/nginx", repository: "nginx" }],
        ["nginx:1.27", { registry: "docker.io", path: "library/nginx", repository: "nginx", tag: "1.27" }],
        ["acme/app", { registry: "docker.io", path: "acme/app", repository: "acme/app" }],
        ["docker.io/nginx", { registry: "docker.io", path: "library/nginx", repository: "docker.io/nginx" }],
        [
            "index.docker.io/nginx",
            { registry: "docker.io", path: "library/nginx", repository: "index.docker.io/nginx" },
        ],
        [
            "ghcr.io/acme/app:sha-abc1234",
            { registry: "ghcr.io", path: "acme/app", repository: "ghcr.io/acme/app", tag: "sha-abc1234" },
        ],
        ["host:5000/app", { registry: "host:5000", path: "app", repository: "host:5000/app" }],
        ["host:5000", { registry: "docker.io", path: "library/host", repository: "host", tag: "5000" }],
        ["host:5000/app:v1", { registry: "host:5000", path: "app", repository: "host:5000/app", tag: "v1" }],
        ["localhost/app", { registry: "localhost", path: "app", repository: "localhost/app" }],
        [
            "[2001:db8::1]:5000/app:v1",
            { registry: "[2001:db8::1]:5000", path: "app", repository: "[2001:db8::1]:5000/app", tag: "v1" },
        ],
        ["[::1]/app", { registry: "[::1]", path: "app", repository: "[::1]/app" }],
        ["HOST/app", { registry: "HOST", path: "app", repository: "HOST/app" }],
        [`a/b@${SHA256}`, { registry: "docker.io", path: "a/b", repository: "a/b", digest: SHA256 }],
        [
            `host:5000/a/b:v1@${SHA256}`,
            { registry: "host:5000", path: "a/b", repository: "host:5000/a/b", tag: "v1", digest: SHA256 },
        ],
        ["a/b:_A-._", { registry: "docker.io", path: "a/b", repository: "a/b", tag: "_A-._" }],
        ["a__b/c--d.e_f", { registry: "docker.io", path: "a__b/c--d.e_f", repository: "a__b/c--d.e_f" }],
        ["my_host.local/app", { registry: "", path: "my_host.local/app", repository: "my_host.local/app" }],
    ];
    for (const [text, expected] of readable) {
        it(`reads "${text}"`, () => {
            assert.deepEqual(parse(text), expected);
            assert.equal(formatImageReference(parse(text)), text);
        });
    }

    const unreadable: [unknown, RegExp][] = [
        [undefined, /expected a string, got undefined/],
        [null, /got null/],
        [7, /got number/],
        [{}, /got object/],
        ["", /empty/],
        [" nginx", /white space/],
        ["nginx\n", /white space/],
        ["https://ghcr.io/a", /URL scheme \("https:\/\/"\)/],
        ["docker://a", /URL scheme/],
        ["a:${TAG}", /unexpanded variable/],
        ["a:$(TAG)", /unexpanded variable/],
        ["{{image}}", /unexpanded variable/],
        [`a@${SHA256}@${SHA256}`, /more than one "@"/],
        ["a".repeat(64), /bare image id/],
        ["a:b:c", /two tags/],
        ["a:", /tag after the colon is empty/],
        ["a:-b", /tag "-b"/],
        [`a:${"b".repeat(129)}`, /129 characters, expected at most 128/],
        ["A/b/C", /upper-case letters \("C"\)/],
        ["ghcr.io/Acme/app", /upper-case letters \("Acme"\)/],
        ["ghcr.io//app", /empty part/],
        ["ghcr.io/", /empty part/],
        ["/app", /empty part/],
        ["ghcr.io/-app", /not allowed \("-app"\)/],
        ["ghcr.io/a___b", /not allowed/],
        ["host:port/app", /port "port" is not a number/],
        ["host:/app", /port "" is not a number/],
        ["-host.io/app", /registry "-host\.io" is not a host name/],
        ["[::1/app", /not an IPv6 host/],
        [`ghcr.io/${"a/".repeat(128)}a`, /path has 257 characters, expected at most 255/],
        ["x".repeat(5_000), /5000 characters/],
    ];
    for (const [text, reason] of unreadable) {
        it(`refuses ${quoteValue(text, 60)} with its reason`, () => {
            assert.match(reasonOf(text), reason);
        });
    }

    it("takes a path of 255 characters, whatever the registry is", () => {
        const path = `${"a".repeat(127)}/${"a".repeat(127)}`;
        assert.equal(parse(`registry.example.com:5000/${path}`).path.length, 255);
    });
});

describe("digestTrouble", () => {
    it("knows the registered algorithms and their lengths", () => {
        for (const digest of [SHA256, `sha384:${"0".repeat(96)}`, `sha512:${"f".repeat(128)}`]) {
            assert.equal(digestTrouble(digest), undefined);
        }
    });

    for (const [digest, reason] of [
        ["abc", /no algorithm/],
        [`md5:${"a".repeat(32)}`, /"md5" is not one of sha256, sha384, sha512/],
        [`SHA256:${"a".repeat(64)}`, /lower case/],
        [`sha256:${"a".repeat(63)}`, /63 characters after the colon, expected 64/],
        [`sha512:${"a".repeat(64)}`, /expected 128/],
        [`sha256:${"A".repeat(64)}`, /other than 0-9 and a-f/],
    ] as const) {
        it(`refuses "${digest.slice(0, 20)}…"`, () => {
            assert.match(digestTrouble(digest) ?? "", reason);
        });
    }
});

describe("sameRepository", () => {
    it("compares what is meant, not what is written", () => {
        assert.ok(sameRepository(parse("nginx"), parse("docker.io/library/nginx:1")));
        assert.ok(!sameRepository(parse("ghcr.io/a/b"), parse("ghcr.io/a/b-evil")));
        assert.ok(!sameRepository(parse("ghcr.io/a/b"), parse("quay.io/a/b")));
    });
});

describe("withDigest", () => {
    it("narrows a reference that has one, and throws for one that has not", () => {
        assert.equal(withDigest(parse(`a@${SHA256}`)).digest, SHA256);
        assert.throws(() => withDigest(parse("a:b")), /"a:b" has no digest/);
    });
});
