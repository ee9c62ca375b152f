import { execFileSync } from "node:child_process";
import * as fs from "node:fs";

/** The local addresses, `host:port`, on which the given processes listen for TCP connections. */
export function listeningAddresses(pids: readonly number[]): string[] {
    return process.platform === "linux" ? fromProc(pids) : fromLsof(pids);
}

function fromProc(pids: readonly number[]): string[] {
    const sockets = new Set(
        pids.flatMap((pid) =>
            fs.readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
                try {
                    return /^socket:\[(\d+)\]$/.exec(fs.readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
                } catch {
                    return []; // Closed meanwhile.
                }
            }),
        ),
    );
    return ["tcp", "tcp6"].flatMap((table) =>
        fs
            .readFileSync(`/proc/net/${table}`, "utf8")
            .trim()
            .split("\n")
            .slice(1)
            .map((line) => line.trim().split(/\s+/))
            .filter((fields) => fields[3] === "0A" && sockets.has(fields[9] ?? ""))
            .map((fields) => readableAddress(fields[1] ?? "")),
    );
}

/** `0100007F:1F90` → `127.0.0.1:8080`; an IPv6 address stays in the kernel's spelling. */
function readableAddress(address: string): string {
    const [host = "", port = ""] = address.split(":");
    const octets = host.match(/../g) ?? [];
    const readable =
        octets.length === 4
            ? octets
                  .reverse()
                  .map((octet) => parseInt(octet, 16))
                  .join(".")
            : host;
    return `${readable}:${parseInt(port, 16)}`;
}

function fromLsof(pids: readonly number[]): string[] {
    const output = execFileSync("lsof", ["-nP", "-a", "-iTCP", "-sTCP:LISTEN", "-Fn", "-p", pids.join(",")]);
    return output
        .toString()
        .split("\n")
        .filter((line) => line.startsWith("n"))
        .map((line) => line.slice(1));
}
