# SPDX-License-Identifier: GPL-2.0-only
"""Hosts of a test's own: each has mounts, a network, a name, a machine id and a boot id of its
own, and a journal that the system's own journald writes. The kernel is this one's."""

import copy
import json
import os
import subprocess
import uuid

from played import wait_for

PROGRAMS = "/lib/systemd"

# Whatever the system's own journald is told. No limit of lines, as in kpl011's unit.
JOURNALD = "[Journal]\\nStorage=persistent\\nReadKMsg=no\\nAudit=no\\nForwardToSyslog=no\\n" \
    "ForwardToWall=no\\nRateLimitIntervalSec=0\\n"

# It ends with its input. A socket's queue is as long as systemd has it.
SETUP = f"""
cd "$0"
mount -t tmpfs -o mode=755 kpl011 /run
mkdir -p /run/systemd/journal /run/systemd/journald.conf.d /run/log
printf '{JOURNALD}' >/run/systemd/journald.conf.d/test.conf
mount --bind machine-id /etc/machine-id
mount --bind boot-id /proc/sys/kernel/random/boot_id
mount --bind hosts /etc/hosts
mount --bind journal /var/log/journal
hostname "$1"
ip link set lo up
echo 512 >/proc/sys/net/unix/max_dgram_qlen
echo ready
read end
"""


class Apart:
    """One of them. One that is within another is the other's to have a network with."""

    def __init__(self, bench, name, within=None):
        self.name = name
        self.machine = uuid.uuid4().hex
        self.boot = str(uuid.uuid4())
        self.address = None
        self.bench = copy.copy(bench)
        self.bench.dir = os.path.join(bench.dir, name)
        os.makedirs(self.path("journal"))
        self.bench.env = {**bench.env, "KPL011_DEV_DIR": self.bench.dir}
        self.write("machine-id", self.machine + "\n")
        self.write("boot-id", self.boot + "\n")
        self.write("hosts", "127.0.0.1 localhost\n")
        self.inside = []
        holder = self._hold(within)
        self.pid = holder.pid
        user = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        self.inside = ["nsenter", f"--target={self.pid}", *user, "--mount", "--net", "--uts"]

    def _hold(self, within):
        user = [] if os.geteuid() == 0 or within else ["--user", "--map-root-user"]
        holder = subprocess.Popen(
            [*(within.inside if within else []), "unshare", *user, "--mount", "--net", "--uts",
             "--propagation", "private", "sh", "-ec", SETUP, self.bench.dir, self.name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.bench.children.append(holder)
        if holder.stdout.readline() != b"ready\n":
            raise self.bench.skip("no mounts and networks of one's own: " +
                                  holder.stderr.read().decode(errors="replace").strip())
        return holder

    def path(self, name):
        return os.path.join(self.bench.dir, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="ascii") as file:
            file.write(text)
        return self.path(name)

    def seen(self, path):
        """A path there, from here."""
        return f"/proc/{self.pid}/root{path}"

    def run(self, *words, **kwargs):
        """What it printed; fails if that fails."""
        result = subprocess.run([*self.inside, *words], check=False, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, timeout=60,
                                **{"stdin": subprocess.DEVNULL, **kwargs})
        assert result.returncode == 0, (words, result.returncode, result.stderr.decode())
        return result.stdout

    def start(self, program, *words):
        """It runs there; what it says goes to a file of its name. No proxy is in its way."""
        env = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
        with open(self.path(os.path.basename(program) + ".out"), "ab") as out:
            child = subprocess.Popen([*self.inside, program, *words], env=env, stdout=out,
                                     stderr=out, stdin=subprocess.DEVNULL)
        self.bench.children.append(child)
        return child

    def said(self, program):
        with open(self.path(program + ".out"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def keep_journal(self):
        """The system's own journald, which takes entries when this returns."""
        program = os.path.join(PROGRAMS, "systemd-journald")
        child = self.start(program)
        wait_for(lambda: f"its journal in {self.said('systemd-journald')!r}",
                 lambda: child.poll() is not None
                 or os.path.exists(self.seen("/run/systemd/journal/socket")))
        if child.poll() is not None:
            raise self.bench.skip("systemd-journald does not run here: " +
                                  self.said("systemd-journald").strip()[-300:])
        return child

    def journal(self, *matches):
        """The entries of all journals there."""
        text = self.run("journalctl", "--merge", "--all", "--quiet", "--output=json", *matches)
        return [json.loads(line) for line in text.decode().splitlines()]

    def listens(self, port):
        """Whether somebody does, on a port of TCP there."""
        with open(f"/proc/{self.pid}/net/tcp", encoding="ascii") as file:
            return any(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A"
                       for line in file.read().splitlines()[1:])


def wire(one, other, number):
    """A cable between the two: they are 10.86.number.1 and .2, by their names."""
    other.address = f"10.86.{number}.2"
    link = f"kpl011-{number}"
    one.run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns",
            str(other.pid))
    for host, device, last in ((one, link, 1), (other, "eth0", 2)):
        host.run("ip", "address", "add", f"10.86.{number}.{last}/24", "dev", device)
        host.run("ip", "link", "set", device, "up")
    for host, peer, last in ((one, other, 2), (other, one, 1)):
        with open(host.path("hosts"), "a", encoding="ascii") as file:
            file.write(f"10.86.{number}.{last} {peer.name}\n")
