# SPDX-License-Identifier: GPL-2.0-only
"""What one host of a fleet costs: docs/operators.md has the figures, and multiplies them.

With KPL011_SCALE_TELL=1 they are printed; KPL011_SCALE_GUESTS is how many guests, 10 unless said,
and KPL011_SCALE_KB how much each of them prints, 20.
"""

import glob
import os
import re
import resource
import signal
import subprocess
import sys
import time

import asks
from daemon import Daemon, longest_turn
from journal_cases import Collector, Sender
from metrics_cases import metrics, parse, renewed
from played import still_port, wait_for
from prometheus_cases import asked, free_port, start
from sshd import Server
from unpacked import unpacked
from vms import need_kvm

TESTS = []
test = asks.decorator(TESTS)
TELL = os.environ.get("KPL011_SCALE_TELL")
GUESTS = int(os.environ.get("KPL011_SCALE_GUESTS", "10"))
KB = int(os.environ.get("KPL011_SCALE_KB", "20"))
PORTS = int(os.environ.get("KPL011_SCALE_PORTS", "1000"))
END = "that was all of it"


def tell(text):
    if TELL:
        print(f"# {text}", flush=True)


def printed(number):
    """What a guest prints: lines as of a kernel and of systemd, no two of them the same."""
    text = bytearray()
    line = 0
    while len(text) < KB * 1000:
        text += b"[%5d.%06d] systemd[1]: Started session-%d.scope - Session %d of User user%d.\r\n" % (
            line, line * 7919 % 1000000, line, line, number)
        line += 1
    return bytes(text) + END.encode() + b"\r\n"


def processor(child):
    """Seconds so far, of its children that have ended as well."""
    with open(f"/proc/{child.pid}/stat", encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def memory(child):
    """MiB of its own."""
    with open(f"/proc/{child.pid}/smaps_rollup", encoding="ascii") as file:
        return int(re.search(r"^Pss:\s+(\d+)", file.read(), re.M)[1]) / 1024


def on_disk(*patterns):
    return sum(os.stat(path).st_blocks * 512 for pattern in patterns for path in glob.glob(pattern))


def logged(daemon, kind):
    suffix = {"raw": ".log", "clean": ".clean.log", "json": ".json.log"}[kind]
    for number in range(GUESTS):
        wait_for(f"the end of guest{number}", lambda number=number: END.encode() in
                 daemon.read(f"guest{number}{suffix}")[-200:], 100)


@test
def a_host_is_measured_by_the_kind_of_its_logs(bench):
    """Processor time, and what they take on the disk, before and after they are compressed."""
    bench.program += "-plain"
    signal.alarm(600 + GUESTS * KB // 100)
    total = 0
    for number in range(GUESTS):
        text = printed(number)
        total += len(text)
        still_port(bench, number, text)
    tell(f"{GUESTS} guests print {total / 1e6:.1f} MB")
    for kind in ("raw", "clean", "json"):
        policy = f"[daemon]\nbudget = never\n[defaults]\nlog = {kind}\n"
        daemon = Daemon(bench, policy, os.path.join(bench.dir, f"logs-{kind}"))
        daemon.start()
        logged(daemon, kind)
        spent = processor(daemon.child)
        size = daemon.size()
        daemon.child.send_signal(signal.SIGUSR1)
        wait_for("that all is compressed", lambda daemon=daemon: len(
            glob.glob(daemon.path("*.zst"))) == GUESTS and all(
                name.endswith((".log", ".zst", ".kpl011")) for name in os.listdir(daemon.logs)), 100)
        tell(f"{kind}: {spent / total * 1e9:.1f} s of processor time for a GB, "
             f"{size / total:.2f} bytes on the disk for one; compressed "
             f"{daemon.size() / total:.3f}, {(processor(daemon.child) - spent) / total * 1e9:.1f} s "
             "for a GB more")
        daemon.stop()


@test
def a_host_is_measured_with_the_journal(bench):
    """And what it takes to send it to another, and there."""
    signal.alarm(600 + GUESTS * KB // 20)
    bench.program += "-plain"
    collector = Collector(bench)
    sender = Sender(bench, "host-a", collector, collector.authority, 1)
    total = lines = 0
    for number in range(GUESTS):
        text = printed(number)
        total += len(text)
        lines += text.count(b"\n")
        still_port(sender.host.bench, number, text)
    sender.log("[defaults]\nlog = journal\n")
    ends = ("SYSLOG_IDENTIFIER=kpl011", f"MESSAGE={END}")
    wait_for("all ends in the journal", lambda: rarely(sender.host.journal, *ends) == GUESTS,
             60 + GUESTS * KB // 50)
    # It is in memory until it is told to flush it; the files are the same.
    size = on_disk(sender.host.path("journal/*/*"), sender.host.seen("/run/log/journal/*/*"))
    assert size, "there is no journal"
    tell(f"journal: {processor(sender.daemon.child) / total * 1e9:.1f} s of processor time for a GB, "
         f"{processor(sender.journald) / total * 1e9:.1f} s of journald; {lines} entries, "
         f"{size / lines:.0f} bytes on the disk for each, of {total / lines:.0f} printed")
    sent = wire_bytes(sender)
    collector.start()
    begun = time.monotonic()
    sender.upload()
    wait_for("all ends at the collector", lambda: rarely(collector.host.journal, *ends) == GUESTS,
             60 + GUESTS * KB // 50)
    seconds = time.monotonic() - begun
    sent = wire_bytes(sender) - sent
    size = on_disk(collector.host.path("journal/remote/*"))
    tell(f"upload, at a load of {os.getloadavg()[0]:.0f}: {lines / seconds:.0f} entries/s, {sent / seconds / 1e6:.1f} MB/s on the network, "
         f"{sent / lines:.0f} bytes for an entry; "
         f"{processor(sender.child) / lines * 1e6:.0f} s of processor time for a million of them, "
         f"{processor(collector.child) / lines * 1e6:.0f} s at the collector, and "
         f"{size / lines:.0f} bytes on its disk for each")


def rarely(journal, *matches):
    """How many entries there are; a look takes time that who is measured would have."""
    time.sleep(0.5)
    return len(journal(*matches))


def wire_bytes(sender):
    """What has gone out so far."""
    with open(f"/proc/{sender.host.pid}/net/dev", encoding="ascii") as file:
        return int(re.search(r"eth0: *(?:\d+ +){8}(\d+)", file.read())[1])


@test
def a_host_is_measured_by_its_guests(bench):
    """Memory, and what is told to Prometheus; the last of them by its node exporter."""
    bench.program += "-plain"
    path = os.path.join(bench.dir, "textfile", "kpl011.prom")
    os.mkdir(os.path.dirname(path))
    known = 0
    for guests in (GUESTS, 10 * GUESTS):
        for number in range(known, guests):
            still_port(bench, number, b"hello\nworld\n")
        known = guests
        for kinds in ("raw", "raw clean json"):
            policy = f"[daemon]\nmetrics = {path}\n[defaults]\nlog = {kinds}\n" \
                "alert = panic oops hung-task\n"
            logs = os.path.join(bench.dir, f"logs-{guests}-{len(kinds)}")
            daemon = Daemon(bench, policy, logs).start()
            wait_for("all logs", lambda: len(glob.glob(logs + "/*.log")) ==
                     guests * len(kinds.split()))
            host = renewed(daemon, path)
            tell(f"{guests} guests, log = {kinds}: {memory(daemon.child):.1f} MiB")
            if kinds == "raw":
                daemon.stop()
        before = processor(daemon.child)
        daemon.reload(policy.replace("metrics =", "metrics-guests = yes\nmetrics ="))
        every = renewed(daemon, path)
        for _ in range(20):
            every = renewed(daemon, path)
        spent = (processor(daemon.child) - before) / 21
        assert len(parse(every, True)["kpl011_guest_output_bytes_total"]) == guests
        tell(f"{guests} guests: metrics of the host are {len(host)} bytes, {samples(host)} samples; "
             f"with those of each guest {len(every)} bytes, {samples(every)} samples; the policy is "
             f"read and they are written in {spent * 1000:.1f} ms of processor time")
        measure_scrapes(bench, path, guests)
        begun = time.monotonic()
        metrics(bench, daemon, "--guests")
        tell(f"{guests} guests: kpl011 metrics --guests takes {time.monotonic() - begun:.3f} s")
        daemon.stop()


@test
def a_report_of_many_guests_holds_up_nobody(bench):
    """Of KPL011_SCALE_PORTS guests with three logs each, and metrics of each; beside
    KPL011_LOG_FILES files, 10000 unless said."""
    bench.program += "-plain"
    path = os.path.join(bench.dir, "kpl011.prom")
    files = int(os.environ.get("KPL011_LOG_FILES", "10000"))
    logs = os.path.join(bench.dir, "logs")
    os.mkdir(logs)
    for number in range(files):
        name = f"guest{number % PORTS}.log.20260101T000000Z-{number // PORTS + 1:06}.zst"
        os.close(os.open(os.path.join(logs, name), os.O_CREAT | os.O_WRONLY, 0o640))
    for number in range(PORTS):
        still_port(bench, number, b"hello\nworld\n")
    signal.alarm(600)
    daemon = Daemon(bench, f"[daemon]\nmetrics = {path}\nmetrics-guests = yes\nfiles = all\n"
                    "[defaults]\nlog = raw clean json\nalert = panic oops hung-task\n").start()
    wait_for("their logs", lambda: len(glob.glob(logs + "/*.log")) == 3 * PORTS, 100)
    for _ in range(10):
        text = renewed(daemon, path)
    daemon.wait_notified("STATUS=")
    assert len(parse(text, True)["kpl011_guest_output_bytes_total"]) == PORTS
    report = daemon.read(".kpl011/status")
    tell(f"{PORTS} guests, {files} files: a report of {len(report)} bytes and {len(text)} of "
         f"metrics, the longest turn took {longest_turn(daemon)} ms; load {os.getloadavg()[0]:.1f}")
    begun = time.monotonic()
    result = bench.run("daemon", "--status", "--config", daemon.config, "--directory", logs)
    tell(f"kpl011 daemon --status takes {time.monotonic() - begun:.2f} s")
    assert result.returncode == 0 and result.stdout.count(b"guest") >= PORTS, result.stderr
    if TELL:
        assert longest_turn(daemon) < 100
    daemon.stop()


def samples(text):
    return sum(not line.startswith("#") for line in text.splitlines())


def measure_scrapes(bench, path, guests):
    """The median of what it takes to have them from the node exporter."""
    root = unpacked(bench, "prometheus-node-exporter")
    port = free_port()
    url = f"http://127.0.0.1:{port}/metrics"
    child = start(bench, os.path.join(root, "usr/bin/prometheus-node-exporter"),
                  "--collector.disable-defaults", "--collector.textfile",
                  "--collector.textfile.directory", os.path.dirname(path),
                  f"--web.listen-address=127.0.0.1:{port}")
    wait_for("it serves", lambda: asked(url))
    times = []
    for _ in range(21):
        begun = time.monotonic()
        text = asked(url)
        times.append(time.monotonic() - begun)
    assert "kpl011_guest_output_bytes_total" in text
    tell(f"{guests} guests: a scrape with those of each takes {sorted(times)[10] * 1000:.0f} ms, "
         f"{len(text)} bytes")
    child.kill()
    child.wait()


# Commands.

def cost(bench, *words):
    """Seconds of processor time, and of a clock, the least of three."""
    found = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = time.monotonic()
        result = bench.run(*words)
        seconds = time.monotonic() - begun
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert not result.stderr, (words, result.stderr[-300:])
        found.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, seconds,
                      len(result.stdout)))
    return min(found)


@test
def commands_take_time_in_proportion_to_the_ports(bench):
    """KPL011_SCALE_PORTS of them, 1000 unless said, of many users, against a tenth of them."""
    bench.program += "-plain"
    names = [f"guest{number}" for number in range(PORTS)]
    commands = {"list": ("list",), "list --json": ("list", "--json"),
                "list of each by its name": ("list", *names), "top": ("top", "-n1", "-d0.001"),
                "top --json": ("top", "-n1", "-d0.001", "--json"), "doctor": ("doctor",),
                "metrics --guests": ("metrics", "--guests", "--directory", bench.dir)}
    few = {}
    for count in (PORTS // 10, PORTS):
        for number in range(PORTS // 10 if few else 0, count):
            still_port(bench, number, b"hello\nworld\n", uid=100000 + number)
        for what, words in commands.items():
            if what.endswith("by its name"):
                words = words[:1 + count]
            spent, seconds, size = cost(bench, *words)
            tell(f"{what}, {count} ports: {seconds * 1000:.0f} ms, "
                 f"{spent * 1000:.0f} of processor time, {size} bytes")
            if what in few:
                # Of a square it would be a hundred times as much.
                assert spent < 30 * max(few[what], 0.005), (what, spent, few[what])
            few.setdefault(what, spent)


# A process that is so many VMs, and has told the number of each.
MANY_VMS = """
import fcntl, os, sys, time
kvm = os.open("/dev/kvm", os.O_RDWR)
for _ in range(int(sys.argv[1])):
    child = os.fork()
    if not child:
        vm = fcntl.ioctl(kvm, 0xAE01, 0)
        os.write(1, b"%d\\n" % os.getpid())
        sys.stdin.read()
        os._exit(0)
sys.stdin.read()
"""


@test
def doctor_takes_time_in_proportion_to_the_vms(bench):
    """KPL011_SCALE_PORTS of them, 1000 unless said, which have ports, against a tenth of them."""
    need_kvm()
    bench.program += "-plain"
    spent = []
    for count in (PORTS // 10, PORTS):
        vms = subprocess.Popen([sys.executable, "-c", MANY_VMS, str(count)], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
        bench.children.append(vms)
        for number in range(count):
            still_port(bench, number, b"x", pid=int(vms.stdout.readline()))
        found = [resource.getrusage(resource.RUSAGE_CHILDREN)]
        begun = time.monotonic()
        result = bench.run("doctor")
        seconds = time.monotonic() - begun
        found.append(resource.getrusage(resource.RUSAGE_CHILDREN))
        assert b"%d running VMs have a port" % count in result.stdout, result.stdout[-500:]
        spent.append(sum(sign * (usage.ru_utime + usage.ru_stime)
                         for sign, usage in zip((-1, 1), found)))
        tell(f"doctor, {count} VMs with ports: {seconds * 1000:.0f} ms, "
             f"{spent[-1] * 1000:.0f} of processor time; load {os.getloadavg()[0]:.1f}")
        vms.stdin.close()
        vms.wait()
    # Other processes of this host are looked at as well.
    assert spent[1] < 30 * max(spent[0], 0.01), spent


@test
def a_host_is_asked_over_ssh(bench):
    """What one of a fleet takes to be asked, at this end and at that one together."""
    bench.program += "-plain"
    there = os.path.join(bench.dir, "there")
    os.mkdir(there)
    here, bench.dir = bench.dir, there
    for number in range(GUESTS):
        still_port(bench, number, b"hello\nworld\n")
    bench.dir = here
    server = Server(bench.dir, bench.program, there)
    try:
        words = ("--host", "a=127.0.0.1", "--ssh", server.client(), "list", "--json")
        times = []
        for _ in range(5):
            begun = time.monotonic()
            result = bench.run(*words)
            times.append(time.monotonic() - begun)
            assert result.stdout.count(b'"name"') == GUESTS, result
        tell(f"list over ssh, {GUESTS} guests: {sorted(times)[2] * 1000:.0f} ms, "
             f"{len(result.stdout)} bytes printed")
    finally:
        server.stop()


# A host that is large, and has been there for years.

@test
def daemon_is_ready_soon_beside_100000_files_and_1000_guests(bench):
    """KPL011_LOG_FILES and KPL011_LOG_GUESTS of them, 10000 and 100 unless said; with
    KPL011_SCALE_TELL=1 the figures are printed, and none takes longer than it may."""
    files = int(os.environ.get("KPL011_LOG_FILES", "10000"))
    guests = int(os.environ.get("KPL011_LOG_GUESTS", "100"))
    tell = os.environ.get("KPL011_SCALE_TELL")
    logs = os.path.join(bench.dir, "logs")
    os.mkdir(logs)
    for number in range(files):
        name = f"guest{number % guests}.log.20260101T000000Z-{number // guests + 1:06}.zst"
        os.close(os.open(os.path.join(logs, name), os.O_CREAT | os.O_WRONLY, 0o640))
    for number in range(guests):
        still_port(bench, number, b"hello\nworld\n")
    bench.program += "-plain"
    # Two of each guest are to go.
    policy = f"[daemon]\nfiles = all\n[defaults]\nkeep-files = {files // guests - 2}\n"
    daemon = Daemon(bench, policy)
    begun = time.monotonic()
    daemon.start()
    ready = time.monotonic() - begun
    # All of it is known when the next file gets its number.
    for number in range(0, guests, max(guests // 10, 1)):
        wait_for("its log", lambda number=number:
                 daemon.read(f"guest{number}.log") == b"hello\nworld\n")
    wait_for("that what is too much is gone", lambda: len(os.listdir(logs)) == files - guests + 1)
    begun = time.monotonic()
    daemon.reload(policy)
    again = time.monotonic() - begun
    daemon.child.send_signal(signal.SIGUSR1)
    wait_for("the next file", lambda: len(glob.glob(
        f"{logs}/guest0.log.2*-{files // guests + 1:06}*")) >= 1)
    if tell:
        print(f"# {files} files, {guests} guests: ready after {ready:.2f} s, the policy holds "
              f"after {again:.2f} s, the longest turn took {longest_turn(daemon)} ms")
        assert ready < 2 and longest_turn(daemon) < 100
