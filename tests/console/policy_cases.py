# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the daemon's policy: what it says of whom, what is wrong with it, and VMs that it attaches."""

import os
import re
import subprocess

import asks
from daemon import Daemon, bare
from played import Control, wait_for
from workers import on_this_host

TESTS = []
test = asks.decorator(TESTS)


@test
def daemon_goes_by_the_policy(bench):
    bench.port(1, "web1", b"web", attach_ns=11)
    bench.port(2, "web2", b"web", attach_ns=12, gpa=0x9040000)
    bench.port(3, "db", b"db", attach_ns=13, uid=65534)
    daemon = Daemon(bench, """
[defaults]
log = none
[guest web*]
log = raw
  rotate-size = 1M
[guest *]
address = 0x9040000
log = clean
[guest *]
user = nobody
log = raw clean
page = yes
""").start()
    daemon.wait_log("web1.log", b"web")
    daemon.wait_log("db@65534.log", b"db")
    bench.port(4, "web3", b"web", attach_ns=14)
    daemon.wait_log("web3.log", b"web")
    assert sorted(os.listdir(daemon.logs)) == [".kpl011", "db@65534.log", "web1.log", "web3.log"]
    result = bench.run("daemon", "--check", "--config", daemon.config)
    assert result.returncode == 0, result.stderr
    text = result.stdout.decode()
    assert re.search(r"^web2: port 2 of user root, live\n.*page no, log clean, ", text, re.M), text
    assert re.search(r"^db: port 3 of user nobody, live\n.*page yes, log raw clean, ", text, re.M), text


@test
def daemon_knows_a_process_by_more_than_its_name(bench):
    """And when it is gone, by what was known of it."""
    uuid = "c7a5fdbd-cdaf-9455-926a-d65c16db1809"
    process = subprocess.Popen(["sh", "-c", "read x", "-uuid", uuid.upper()],
                               stdin=subprocess.PIPE)
    bench.children.append(process)
    with open(f"/proc/{process.pid}/cgroup", encoding="ascii") as file:
        groups = dict(line.strip().split(":", 2)[1:] for line in file)
    cgroup = groups.get("name=systemd", groups.get(""))
    policy = f"""
[defaults]
log = none
[guest *]
uuid = c7a5fdbd-*
cgroup = {re.sub(r"[][*?]", "?", cgroup or "/").replace(chr(92), "?")}
log = raw
"""
    port = bench.port(1, "web1", b"one", pid=process.pid, attach_ns=11)
    bench.port(2, "web2", b"two", pid=os.getpid(), attach_ns=12)
    daemon = Daemon(bench, policy).start()
    daemon.wait_log("web1.log", b"one")
    process.communicate(b"\n")
    port.facts["pid"] = 0
    daemon.reload(policy)
    port.say(b" more")
    daemon.wait_log("web1.log", b"one more")
    port.die()
    assert not daemon.read("web2.log")
    daemon.reload(policy.replace("uuid = c7a5fdbd-*", "uuid = c7a5fdbd-*\nunit = none-such.scope"))
    bench.port(3, "web3", b"three", pid=process.pid, attach_ns=13)
    daemon.stop()
    assert sorted(os.listdir(daemon.logs)) == [".kpl011", "web1.log"]


@test
def daemon_says_what_is_wrong_with_a_policy(bench):
    port = bench.port(1, "web1", b"one", attach_ns=11)
    wrong = ("[defaults]\nlog = raw cleen\n[guest web*]\nrotate-sise = 1M\n"
             "[gest x]\nlog = raw\n[daemon]\nbudget = lots\ndirectory = here\nnonsense\n"
             f"[guest {'x' * 300}]\n[guest open\n[defaults]\nuser = x\nhistory = 5000\n"
             "keep-age = 7\nstrict = maybe\npage = 1\n")
    daemon = Daemon(bench, wrong)
    for args in ((), ("--check",)):
        result = bench.run("daemon", "--config", daemon.config, "--directory", daemon.logs, *args)
        assert result.returncode == 1, result
        said = result.stderr.decode()
        for line, text in ((2, "log is 'raw cleen': it is one or more of raw, clean, journal "
                               "and json"),
                           (4, "guests have no setting 'rotate-sise'"),
                           (5, "there is no section [gest x]"), (8, "budget is 'lots'"),
                           (9, "directory is 'here': it is a path from /"),
                           (10, "it is neither a [section] nor NAME = VALUE"),
                           (11, "it is longer than"), (12, "the section has no ']'"),
                           (14, "[defaults] is for all guests"),
                           (15, "history is '5000': it is a power of two"),
                           (16, "keep-age is '7'"), (17, "strict is 'maybe'"),
                           (18, "page is '1'")):
            assert f"kpl011.conf:{line}: {text}" in said, (line, text, said)
        assert said.count("\n") == 13, said
    assert not os.path.exists(daemon.logs)
    daemon.write_policy("[defaults]\nlog = raw\n")
    daemon.start()
    daemon.wait_log("web1.log", b"one")
    daemon.reload(wrong)
    daemon.wait_said("the policy stays as it was")
    port.say(b"two")
    daemon.wait_log("web1.log", b"onetwo")
    daemon.reload("[defaults]\nlog = raw clean\n")
    wait_for("the log that is wanted now", lambda: daemon.read("web1.clean.log") == b"" and
             os.path.exists(daemon.path("web1.log")))
    port.say(b"\n")
    wait_for("its line", lambda: bare(daemon.read("web1.clean.log")) == b"onetwo\n")
    daemon.wait_log("web1.log", b"onetwo\n")
    daemon.reload("[defaults]\nlog = clean\n")
    port.say(b"three\n")
    wait_for("its line", lambda: bare(daemon.read("web1.clean.log")) == b"onetwo\nthree\n")
    assert daemon.read("web1.log") == b"onetwo\n"
    # Where it was left off.
    daemon.reload("[defaults]\nlog = raw\n")
    daemon.wait_log("web1.log", b"onetwo\nthree\n")
    result = bench.run("daemon", "--config", bench.dir + "/none")
    assert result.returncode == 1 and b"none: No such file" in result.stderr


@test
def daemon_reaps_who_is_gone_if_told_to(bench):
    port = bench.port(1, "web1", b"last words", attach_ns=11)
    other = bench.port(2, "web2", b"last words", attach_ns=12)
    daemon = Daemon(bench, "[guest web1]\nreap = yes\n").start()
    port.die()
    other.die()
    wait_for("that it is reaped", lambda: port.reaped)
    daemon.wait_log("web1.log", b"last words")
    daemon.wait_log("web2.log", b"last words")
    # Its ledger goes with the port.
    ledger = daemon.path(".kpl011/1-11.raw")
    assert os.path.exists(ledger)
    os.unlink(port.path)
    wait_for("that its ledger goes", lambda: not os.path.exists(ledger))
    assert not other.reaped


@test
@on_this_host
def daemon_attaches_vms_as_the_policy_says(bench):
    bench.need_kvm()
    ports = {}

    def answer(request):
        name = request.split("name=")[1]
        ports[name] = bench.port(len(ports) + 1, name, name.encode(), attach_ns=len(ports) + 1)
        return f"id {len(ports)}"

    bench.make_vm("-name", "test-running", "-m", "1G")
    control = Control(bench.dir, answer)
    daemon = Daemon(bench, """
[defaults]
attach = no
[guest test-*]
attach = yes
history = 1M
page = yes
[guest *]
command = *-m 2G*
attach = yes
gpa = 0x9040000
intid = 40
strict = yes
[guest test-*]
user = nobody
attach = no
""").start()
    daemon.wait_log("test-running.log", b"test-running")
    bench.make_vm("-name", "other", "-m", "1G")
    bench.make_vm("-name", "big", "-m", "2G")
    daemon.wait_log("big.log", b"big")
    assert [re.sub(r" pid=\d+", "", request) for request in control.requests] == \
        ["attach gpa=9000000 intid=33 ring=1048576 strict=0 page name=test-running",
         "attach gpa=9040000 intid=40 ring=65536 strict=1 name=big"]
    daemon.wait_said("big: attached, ")
