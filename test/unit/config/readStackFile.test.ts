import assert from "node:assert/strict";
import { ConfigError } from "../../../lib/text/configError";
import { loadStack } from "../../../config/loadStack";
import { readStackFile } from "../../../config/readStackFile";
import { OrgsDirectory } from "../../support/orgsDirectory";

describe("readStackFile", () => {
    let checkout: OrgsDirectory;
    beforeEach(() => {
        checkout = new OrgsDirectory();
    });
    afterEach(() => {
        checkout.remove();
    });

    const read = (text: string) => {
        checkout.write("Pulumi.dev.yaml", text);
        return readStackFile(checkout.root, ".", "dev");
    };

    it("takes from Pulumi.yaml what the stack leaves out, key by key, as the engine does", () => {
        checkout.write("Pulumi.yaml", {
            name: "a",
            config: {
                "a:x": { value: { b: 1 } },
                y: { default: "why" },
                "a:z": { type: "string" },
                "a:w": "w",
            },
        });
        assert.deepEqual(read("config:\n  a:x: { c: 2 }\n"), { "a:x": '{"c":2}', "a:y": "why", "a:w": "w" });
        assert.deepEqual(read("config:\n  a:y: { secure: v1 }\n"), { "a:x": '{"b":1}', "a:w": "w" });
    });

    it("hands over text as it is and all else as JSON, as the engine does", () => {
        assert.deepEqual(
            read(
                'config:\n  a:text: "x y"\n  a:day: 2026-12-31\n  a:number: 5\n  a:flag: true\n  a:object: { b: [1] }\n',
            ),
            {
                "a:text": "x y",
                "a:day": "2026-12-31",
                "a:number": "5",
                "a:flag": "true",
                "a:object": '{"b":[1]}',
            },
        );
    });

    it("leaves out what is encrypted, and passes over what is the engine's own", () => {
        assert.deepEqual(
            read(
                "encryptionsalt: v1:x\nsecretsprovider: passphrase\nconfig:\n  a:b: c\n  a:secret: { secure: v1:x }\n",
            ),
            { "a:b": "c" },
        );
    });

    it("takes a file without settings for no settings", () => {
        assert.deepEqual(read("encryptionsalt: v1:x\n"), {});
    });

    it("reads a project's own directory", () => {
        checkout.write("platform/Pulumi.dev.yaml", "config: { a:b: c }\n");
        assert.deepEqual(readStackFile(checkout.root, "platform", "dev"), { "a:b": "c" });
    });

    const refused: [string, string, string, RegExp][] = [
        [
            "a missing file",
            "prod",
            "config: {}",
            /Pulumi\.prod\.yaml: cannot be read \(ENOENT\); expected the settings of the stack "prod"/,
        ],
        ["a way out of the project", "../x", "config: {}", /"\.\.\/x" is not the name of a stack/],
        ["no name", "", "config: {}", /"" is not the name of a stack/],
        ["broken YAML", "dev", "config: [", /Pulumi\.dev\.yaml:1:/],
        ["a list", "dev", "- a", /Pulumi\.dev\.yaml: \(the whole document\): a list of 1/],
        ["settings in a list", "dev", "config: [a]", /Pulumi\.dev\.yaml: config: a list of 1/],
    ];
    for (const [what, stack, text, message] of refused) {
        it(`refuses ${what}`, () => {
            checkout.write("Pulumi.dev.yaml", text);
            assert.throws(
                () => readStackFile(checkout.root, ".", stack),
                (error) => error instanceof ConfigError && message.test(error.message),
            );
        });
    }

    for (const stack of ["staging", "prod"]) {
        it(`reads the committed stack "${stack}", whose config and orgs have no problem`, () => {
            const { orgs } = loadStack(readStackFile(process.cwd(), ".", stack), stack, process.cwd());
            assert.ok(orgs.length > 0);
        });
    }
});
