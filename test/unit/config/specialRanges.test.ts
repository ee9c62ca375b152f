import assert from "node:assert/strict";
import { BlockList, isIP } from "node:net";
import { SPECIAL_V4, SPECIAL_V6 } from "../../../config/specialRanges";

/** Every address block of https://www.iana.org/assignments/iana-ipv4-special-registry, as of 2025. */
const REGISTRY_V4 = [
    "0.0.0.0/8",
    "0.0.0.0/32",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.0.0/29",
    "192.0.0.8/32",
    "192.0.0.9/32",
    "192.0.0.10/32",
    "192.0.0.170/32",
    "192.0.0.171/32",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "240.0.0.0/4",
    "255.255.255.255/32",
];

/** Every address block of https://www.iana.org/assignments/iana-ipv6-special-registry, as of 2025, but for 64:ff9b::/96. */
const REGISTRY_V6 = [
    "::1/128",
    "::/128",
    "::ffff:0:0/96",
    "64:ff9b:1::/48",
    "100::/64",
    "100:0:0:1::/64",
    "2001::/23",
    "2001::/32",
    "2001:1::1/128",
    "2001:1::2/128",
    "2001:1::3/128",
    "2001:2::/48",
    "2001:3::/32",
    "2001:4:112::/48",
    "2001:10::/28",
    "2001:20::/28",
    "2001:30::/28",
    "2001:db8::/32",
    "2002::/16",
    "2620:4f:8000::/48",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
];

function parse(range: string): { readonly bits: bigint; readonly size: number; readonly prefix: number } {
    const [address = "", prefix = ""] = range.split("/");
    if (isIP(address) === 4) {
        const bits = address.split(".").reduce((sum, part) => sum * 256n + BigInt(part), 0n);
        return { bits, size: 32, prefix: Number(prefix) };
    }
    const [head = "", tail] = address.split("::");
    const groups = (text: string) => (text === "" ? [] : text.split(":"));
    const fill = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
    const all = [...groups(head), ...Array<string>(fill).fill("0"), ...groups(tail ?? "")];
    const bits = all.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
    return { bits, size: 128, prefix: Number(prefix) };
}

/** Whether a range is inside of another, whole. */
function isInside(inner: string, outer: string): boolean {
    const [small, large] = [parse(inner), parse(outer)];
    const shift = BigInt(large.size - large.prefix);
    return small.prefix >= large.prefix && small.bits >> shift === large.bits >> shift;
}

describe("what is not the internet", () => {
    for (const [registry, special] of [
        [REGISTRY_V4, SPECIAL_V4],
        [REGISTRY_V6, SPECIAL_V6],
    ] as const) {
        for (const range of registry) {
            it(`holds ${range} of IANA's registry, whole`, () => {
                assert.ok(special.some((one) => isInside(range, one)));
            });
        }
    }

    it("holds Azure's platform address, multicast, and both as NAT64 would reach them", () => {
        assert.ok(SPECIAL_V4.includes("168.63.129.16/32"));
        assert.ok(SPECIAL_V4.includes("224.0.0.0/4"));
        assert.ok(SPECIAL_V6.includes("64:ff9b::a83f:8110/128"));
        assert.ok(SPECIAL_V6.includes("ff00::/8"));
    });

    it("has every special IPv4 range through NAT64 too, and leaves the rest of NAT64 to pods without IPv4", () => {
        const list = new BlockList();
        for (const range of SPECIAL_V6) {
            const [address = "", prefix = ""] = range.split("/");
            list.addSubnet(address, Number(prefix), "ipv6");
        }
        const through = (address: string) => {
            const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
            return `64:ff9b::${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        };
        for (const range of REGISTRY_V4) {
            assert.ok(list.check(through(range.split("/")[0] ?? ""), "ipv6"), range);
        }
        for (const address of ["1.1.1.1", "8.8.8.8", "140.82.112.3"]) {
            assert.ok(!list.check(through(address), "ipv6"), address);
        }
    });

    it("leaves out the public internet's own addresses nowhere: each range is a network's first address", () => {
        for (const range of [...SPECIAL_V4, ...SPECIAL_V6]) {
            const { bits, size, prefix } = parse(range);
            assert.equal(bits & ((1n << BigInt(size - prefix)) - 1n), 0n, range);
        }
    });
});
