# SPDX-License-Identifier: GPL-2.0-only
"""Tests of logs in JSON: an object a line, whatever a guest prints, for whoever ships them."""

import glob
import json
import os
import random
import re
import socket
import subprocess
import time

import asks
from daemon import SEED, Daemon
from played import wait_for
from unpacked import unpacked
from vms import Skip

TESTS = []
test = asks.decorator(TESTS)
POLICY = "[daemon]\njournal-socket = /nonexistent\n[defaults]\nlog = json\n"


def objects(data):
    """Those of a log, which are whole lines of ASCII-safe UTF-8 each."""
    assert not data or data.endswith(b"\n"), data[-200:]
    return [json.loads(line) for line in data.decode("utf-8").split("\n")[:-1]]


def wait_texts(daemon, name, texts):
    def look():
        return [item["text"] for item in objects(daemon.whole(name))]
    try:
        wait_for(name, lambda: look() == texts)
    except AssertionError as error:
        raise AssertionError(f"{look()}, not {texts}; {daemon.said()}") from error
    return objects(daemon.whole(name))


@test
def json_logs_have_an_object_for_each_line(bench):
    port = bench.port(7, 'web"1\\', b"\x1b[1mone\x1b[m \"quoted\\\r\n\r\ntab\there\r\n", attach_ns=11,
                      uid=1000)
    now = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    port.marks = [(0, now)]
    other = bench.port(8, "web1.json", b"not that of web1\n", attach_ns=12)
    daemon = Daemon(bench, POLICY + "[guest web1.json]\nlog = raw json\n").start()
    name = "web%221%5C@1000.json.log"
    first, second = wait_texts(daemon, name, ['one "quoted\\', "tab\there"])
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        assert first["boot"] == file.read().strip()
    assert (first["guest"], first["uid"], first["port"]) == ('web"1\\', 1000, 7), first
    assert first["host"] == socket.gethostname() and first["user"]
    assert first["position"] == 0 and second["position"] == port.data.index(b"tab")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d", first["time"])
    assert "open" not in first
    # A guest may be called as if it were such a log.
    daemon.wait_log("web1%2Ejson.log", b"not that of web1\n")
    wait_texts(daemon, "web1%2Ejson.json.log", ["not that of web1"])
    # What it has printed of a line, when the daemon ends.
    port.say(b"login: ")
    port.wait_read()
    daemon.stop()
    assert objects(daemon.read(name))[-1]["text"] == "login: "
    assert objects(daemon.read(name))[-1]["open"] is True
    before = [item["text"] for item in objects(daemon.read(name))]
    assert before[2:] == ["login: "], before
    port.say(b"12345")
    port.forget(len(port.data))
    port.say(b"root\r\n")
    daemon.start()
    port.die()
    wait_texts(daemon, name, [*before, "[kpl011: 5 bytes lost]", "root"])
    daemon.stop()
    status = json.loads(bench.run("daemon", "--status", "--json", "--directory", daemon.logs,
                                  "--config", daemon.config).stdout)
    counts, = (item for item in status["written"] if item["log"] == "json")
    assert counts["lost"] == 5 and counts["errors"] == 0, counts
    assert counts["written"] == sum(
        len(line) + 1 for line in daemon.read(name).split(b"\n")[-3:-1]), counts
    other.die()


@test
def json_logs_count_what_is_lost_once(bench):
    """Not with each try to write that."""
    port = bench.port(1, "web1", b"x" * 1000 + b"kept\r\n", attach_ns=11)
    port.forget(1000)
    daemon = Daemon(bench, POLICY)
    os.makedirs(daemon.path("web1.json.log"))
    daemon.start()
    daemon.wait_said("there is something by this name that is not a regular file")
    os.rmdir(daemon.path("web1.json.log"))
    wait_texts(daemon, "web1.json.log", ["[kpl011: 1000 bytes lost]", "kept"])
    daemon.stop()
    status = json.loads(bench.run("daemon", "--status", "--json", "--directory", daemon.logs,
                                  "--config", daemon.config).stdout)
    counts, = (item for item in status["written"] if item["log"] == "json")
    assert counts["lost"] == 1000, counts
    assert "1000 bytes were overwritten before they could be logged (json)" in daemon.said()


@test
def json_logs_are_valid_whatever_bytes_come(bench):
    """Over kills and rotations: every line is an object, none is there twice or missing."""
    rng = random.Random(SEED)
    port = bench.port(1, "web1", attach_ns=11)
    daemon = Daemon(bench, POLICY + "rotate-size = 64k\ncompress = no\n").start()
    numbers = 0
    for _ in range(6):
        piece = b""
        for _ in range(300):
            piece += b"\r\n<%d>" % numbers + rng.randbytes(rng.randrange(0, 300)).replace(
                b"<", b"") + b"\x18\n"
            numbers += 1
        before = daemon.progress("web1.json.log")
        port.say(piece)
        wait_for("some of it", lambda before=before: daemon.progress("web1.json.log") != before)
        daemon.kill()
        daemon.start()
    port.say(b"\x1b\\\r\n<end>\n")
    port.die()
    wait_for(f"the end; seed {SEED}", lambda: b"<end>" in daemon.read("web1.json.log"), 60)
    data = daemon.whole("web1.json.log")
    found = objects(data)
    assert len(daemon.files("web1.json.log")) > 2
    assert all(set(item) <= {"host", "boot", "guest", "uid", "user", "port", "position", "time",
                             "open", "text"} for item in found)
    seen = [int(number) for item in found for number in re.findall(r"<(\d+)>", item["text"])]
    assert len(seen) == len(set(seen)) and seen == sorted(seen), seed_of(seen)
    # Some were printed over, or are within sequences.
    assert len(seen) > numbers * 0.5, (len(seen), numbers)
    positions = [item["position"] for item in found]
    assert positions == sorted(positions)


def seed_of(seen):
    return f"seed {SEED}: {seen[:20]}"


@test
def json_logs_are_kept_within_the_limits(bench):
    port = bench.port(1, "web1", b"".join(b"%08d\r\n" % i for i in range(20000)), attach_ns=11)
    daemon = Daemon(bench, POLICY + "rotate-size = 64k\nkeep-files = 2\n").start()
    port.say(b"end\n")
    wait_for("the end", lambda: b'"end"' in daemon.read("web1.json.log"), 60)
    wait_for("removals", lambda: "removed web1.json.log" in daemon.said())
    wait_for("that two are kept", lambda: len(daemon.files("web1.json.log")) == 2)
    daemon.wait_packed()
    port.say(b"more\n")
    wait_for("more", lambda: b'"more"' in daemon.read("web1.json.log"))
    status = json.loads(bench.run("daemon", "--status", "--json", "--directory", daemon.logs,
                                  "--config", daemon.config).stdout)
    assert status["guests"][0]["logs"][0]["file"] == "web1.json.log", status
    daemon.stop()


def library_path(root):
    return ":".join(path for path in glob.glob(root + "/usr/lib/*-linux-gnu") +
                    glob.glob(root + "/lib/*-linux-gnu"))


@test
def json_logs_are_taken_by_rsyslog(bench):
    """imfile and mmjsonparse: the fields of each line are to be had, across a rotation."""
    root = unpacked(bench, "rsyslog", "libestr0", "libfastjson4")
    program = os.path.join(root, "usr/sbin/rsyslogd")
    modules = glob.glob(root + "/usr/lib/*-linux-gnu/rsyslog")
    env = {**os.environ, "LD_LIBRARY_PATH": library_path(root)}
    tried = subprocess.run([program, "-v"], env=env, check=False, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT)
    if tried.returncode or not modules:
        raise Skip(f"rsyslogd cannot be run: {tried.stdout.decode(errors='replace')[-200:]}")
    port = bench.port(1, "web1", b"first \"line\"\n", attach_ns=11, uid=0)
    daemon = Daemon(bench, POLICY).start()
    wait_texts(daemon, "web1.json.log", ['first "line"'])
    taken = os.path.join(bench.dir, "taken")
    config = os.path.join(bench.dir, "rsyslog.conf")
    with open(config, "w", encoding="ascii") as file:
        # It notes what it has read of which inode: not where another run would find that.
        file.write(f'''global(workDirectory="{bench.dir}")
module(load="imfile" mode="inotify")
module(load="mmjsonparse")
template(name="fields" type="string" string="%$!guest%|%$!uid%|%$!port%|%$!text%\\n")
input(type="imfile" file="{daemon.logs}/*.json.log" tag="kpl011:" freshStartTail="off")
action(type="mmjsonparse" cookie="")
action(type="omfile" file="{taken}" template="fields")
''')
    with open(os.path.join(bench.dir, "rsyslog.out"), "wb") as out:
        bench.children.append(subprocess.Popen(
            [program, "-n", "-f", config, "-i", os.path.join(bench.dir, "rsyslog.pid"),
             "-M", modules[0]], env=env, stdout=out, stderr=out, stdin=subprocess.DEVNULL))

    def lines():
        try:
            with open(taken, encoding="utf-8") as file:
                return file.read().splitlines()
        except FileNotFoundError:
            with open(os.path.join(bench.dir, "rsyslog.out"), encoding="utf-8") as file:
                assert "could not" not in file.read()
            return []
    wait_for("the first", lambda: lines() == ['web1|0|1|first "line"'])
    os.kill(daemon.child.pid, 10)       # SIGUSR1: another file
    wait_for("another file", lambda: daemon.files("web1.json.log"))
    port.say(b"second\nthird\n")
    wait_for("the others", lambda: lines()[1:] == ["web1|0|1|second", "web1|0|1|third"])
