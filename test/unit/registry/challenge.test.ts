import assert from "node:assert/strict";
import fc from "fast-check";
import { parseChallenges } from "../../../registry/challenge";

const parse = (header: string) =>
    parseChallenges(header).map(({ scheme, parameters }) => ({ scheme, ...Object.fromEntries(parameters) }));

describe("parseChallenges", () => {
    it("reads a bearer challenge, commas and quotes within its values too", () => {
        assert.deepEqual(
            parse(
                'Bearer realm="https://auth.example.com/token",service="a, b",scope="repository:x:pull,push"',
            ),
            [
                {
                    scheme: "bearer",
                    realm: "https://auth.example.com/token",
                    service: "a, b",
                    scope: "repository:x:pull,push",
                },
            ],
        );
        assert.deepEqual(parse('Basic realm="a \\"b\\""'), [{ scheme: "basic", realm: 'a "b"' }]);
    });
    it("reads several challenges in one header, and values without quotes", () => {
        assert.deepEqual(parse('BASIC Realm=x, Bearer realm = "y" , Negotiate'), [
            { scheme: "basic", realm: "x" },
            { scheme: "bearer", realm: "y" },
            { scheme: "negotiate" },
        ]);
    });
    it("ends on any text, and never throws", () => {
        fc.assert(
            fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
                parseChallenges(text);
            }),
        );
        assert.deepEqual(parse(""), []);
    });
});
