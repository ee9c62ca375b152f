/**
 * IPv4 that is not the internet: every range of the IANA special-purpose registry, multicast, and what clouds keep for themselves.
 *
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 */
export const SPECIAL_V4: readonly string[] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    // Azure's platform: DNS, health probes, and the agent that hands out certificates. A public address, and inside of every VM.
    "168.63.129.16/32",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
];

/** The prefix under which a NAT64 gateway reaches IPv4 (RFC 6052): the internet for pods without IPv4, but for what is special there. */
const NAT64 = "64:ff9b::";

/**
 * IPv6 that is not the internet: every range of the IANA special-purpose registry and multicast; of NAT64's prefix only what is
 * special in IPv4.
 *
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry
 */
export const SPECIAL_V6: readonly string[] = [
    // Unspecified, loopback, and the IPv4-compatible and -mapped addresses, which no wire carries.
    "::/32",
    "64:ff9b:1::/48",
    "100::/32",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "2620:4f:8000::/48",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/9",
    "ff00::/8",
    ...SPECIAL_V4.map(throughNat64),
];

/** An IPv4 range as a NAT64 gateway would reach it. */
function throughNat64(range: string): string {
    const [address = "", prefix = ""] = range.split("/");
    const bytes = address.split(".").map(Number);
    const group = (index: number) => (((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0)).toString(16);
    const host = bytes.every((byte) => byte === 0) ? "" : `${group(0)}:${group(2)}`;
    return `${NAT64}${host}/${96 + Number(prefix)}`;
}
