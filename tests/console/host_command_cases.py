# SPDX-License-Identifier: GPL-2.0-only
"""Tests of commands for guests of other hosts: what is printed here, and what is sent there."""

import json
import os
import re
import signal

import asks
import far
from bench import run, said
from far import ends, follow, has
from played import BREAK, boot_ns, has_waited, wait_for

TESTS = []
test = asks.decorator(TESTS)


# What they print.

@test
def log_is_as_of_a_guest_here(bench):
    a, = far.hosts(bench, "a")
    history = b"".join(b"line %d\n" % i for i in range(6000))
    port = a.port(1, "web1", history, tx_oldest=1000)
    port.marks = [(1000, 5 * 10**9), (1100, 6 * 10**9)]
    here = bench.port(1, "web1", history, tx_oldest=1000)
    here.marks = port.marks
    bench.env["TZ"] = "UTC"
    for args in ([], ["-n", "10"], ["--from", "2000"], ["--hex", "-n", "3"],
                 ["-t", "--from", "1050"], ["--timestamps=relative", "--from", "1000"],
                 ["--since", "@1"], ["--until", "@1"]):
        there = run(bench, "--host", "a", "log", *args, "web1")
        local = run(bench, "log", *args, "web1")
        # The clocks of the two are read at two times.
        strip = lambda text: re.sub(rb"\.\d+", b"", text)
        assert strip(there.stdout) == strip(local.stdout), (args, there.stdout[:200],
                                                            local.stdout[:200])
    result = run(bench, "--host", "a", "log", "--from", "99999999", "web1", status=1)
    said("does not exist yet", result)


@test
def log_reads_back_further_than_is_kept_here(bench):
    a, = far.hosts(bench, "a")
    lines = [b"%09d\n" % i for i in range(100000)]
    a.port(1, "web1", b"".join(lines), ring_size=1 << 20)
    for count in (5, 60000):
        result = run(bench, "--host", "a", "log", "-n", str(count), "web1")
        assert result.stdout == b"".join(lines[-count:]) and not result.stderr, count


@test
def log_follows_until_the_vm_is_gone(bench):
    a, b = far.hosts(bench, "a", "b")
    port = a.port(1, "web1", b"before\n")
    other = b.port(1, "db")
    child = follow(bench, "--host", "a", "log", "-f", "web1")
    has(child, b"before\n")
    port.say(b"after\n")
    has(child, b"after\n")
    port.die()
    ends(child, 0)
    assert b"the VM of web1 is gone" in child.stderr.read()
    child = follow(bench, "--host", "a,b", "log", "-f", "b/db", "a/web1")
    has(child, b"a/web1 | before\n")
    other.say(b"of b\n")
    has(child, b"b/db   | of b\n")
    child.terminate()
    ends(child, -signal.SIGTERM)


@test
def what_was_lost_over_there_is_told(bench):
    _, port, child = far.following(bench)
    port.say(b"two\n", skip=12345)
    has(child, b"skipped 12345 bytes of web1", "said")
    has(child, b"two\n")


@test
def a_slow_reader_here_stalls_nobody_and_loses_nothing(bench):
    a, = far.hosts(bench, "a")
    flood = a.port(1, "flood")
    quiet = a.port(2, "quiet")
    child = follow(bench, "--host", "a", "log", "-f", "flood")
    wait_for("it is looked at", lambda: flood.clients)
    text = b"".join(b"%07d\n" % i for i in range(200000))
    flood.say(text)
    # Nobody reads what it prints; others are heard all the same.
    assert run(bench, "--host", "a", "expect", "--send", "x", "--timeout", "20", "--from", "0",
               "quiet", "y", status=0) if quiet.say(b"y") is None else None
    got = b""
    while len(got) < len(text):
        got += child.stdout.read(1 << 16) or b""
    assert got == text


@test
def record_has_the_times_of_the_other_host(bench):
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1", b"onetwo", attach_ns=10**9)
    port.marks = [(0, 2 * 10**9), (3, 5 * 10**9)]
    result = run(bench, "--host", "a", "record", "--kept", "web1")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert lines[1:] == [[0.0, "o", "one"], [3.0, "o", "two"]], lines


@test
def the_times_of_a_dead_guest_of_another_host_are_known(bench):
    """However often it is asked for marks, and its output has ended each time."""
    a, = far.hosts(bench, "a")
    lines = [b"line %03d" % i for i in range(300)]
    port = a.port(1, "web1", b"".join(line + b"\n" for line in lines), attach_ns=1)
    now = boot_ns()
    # One a second: more than are sent at once. How late it is asked is not known to the second.
    port.marks = [(9 * i, now - (300 - i) * 10**9) for i in range(300)]
    port.die()
    for args, first, count in ((["--since", "-100s"], 200, 100),
                               (["--since", "-40s", "--until", "-10s"], 260, 30),
                               (["--until", "-250s"], 0, 50)):
        result = run(bench, "--host", "a", "log", *args, "web1")
        got = result.stdout.splitlines()
        assert abs(len(got) - count) < 10, (args, result)
        at = lines.index(got[0])
        assert abs(at - first) < 10 and got == lines[at:at + len(got)], (args, result)


@test
def short_lines_of_another_host_have_their_times(bench):
    """More of them than marks go with one piece of output."""
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1", b"".join(b"%030d\n" % i for i in range(2000)), attach_ns=10**9)
    port.marks = [(31 * i, (2 + i) * 10**9) for i in range(2000)]
    result = run(bench, "--host", "a", "record", "--kept", "web1")
    events = [json.loads(line) for line in result.stdout.splitlines()][1:]
    got = {}
    for time, _, text in events:
        got[time] = got.get(time, "") + text
    assert got == {float(i): "%030d\n" % i for i in range(2000)}


# What is sent to them.

@test
def send_ends_when_the_port_over_there_has_everything(bench):
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1")
    port.takes.clear()
    text = b"".join(b"%07d\n" % i for i in range(50000))
    path = os.path.join(bench.dir, "text")
    with open(path, "wb") as file:
        file.write(text)
    child = bench.start("--host", "a", "send", "web1", "--file", path)
    wait_for("it sends", lambda: port.clients)
    assert child.poll() is None
    port.takes.set()
    ends_with = child.wait(timeout=60)
    assert ends_with == 0
    wait_for("it has arrived", lambda: bytes(port.received) == text)
    run(bench, "--host", "a", "send", "--enter", "web1", "ls", "-l"[1:])
    run(bench, "--host", "a", "send", "--break", "web1")
    run(bench, "--host", "a", "send", "--sysrq", "b", "web1")
    wait_for("all of it", lambda: bytes(port.received) == text + b"ls l\r" + BREAK + BREAK + b"b")


@test
def a_host_without_the_module_is_told_as_this_one_is(bench):
    a, b = far.hosts(bench, "a", "b")
    a.port(1, "web1")
    b.run_instead(f"KPL011_DEV_DIR={bench.dir}/none exec {bench.program} serve --stdio".encode())
    for args in (["list"], ["list", "--json"], ["info", "web1"], ["log", "web1"]):
        result = run(bench, "--host", "b", *args, status=5)
        said("the kernel module kpl011 is not loaded", result)
        said("modprobe kpl011", result)
        assert not result.stdout
    here = bench.env["KPL011_DEV_DIR"]
    bench.env["KPL011_DEV_DIR"] = f"{bench.dir}/none"
    run(bench, "list", status=5)
    bench.env["KPL011_DEV_DIR"] = here
    # The others are there all the same.
    result = run(bench, "--host", "a,b", "list", status=5)
    assert b"web1" in result.stdout
    run(bench, "--host", "a,b", "info", "a/web1")


@test
def send_says_why_it_cannot(bench):
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1")
    a.port(2, "busy", write_errno=16)
    result = run(bench, "--host", "a", "send", "busy", "x", status=1)
    said("cannot send to busy: another process held its input, but has released it", result)
    said("0 bytes were taken", result)
    port.die()
    result = run(bench, "--host", "a", "send", "web1", "x", status=7)
    said("the VM of web1 (port 1) is gone: nothing can be sent", result)


@test
def expect_types_and_waits_for_the_answer(bench):
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1", b"login: ")
    child = follow(bench, "--host", "a", "expect", "--send", "root", "--enter", "--timeout", "20",
                   "web1", "Password")
    port.wait_received(b"root\r")
    port.say(b"root\r\nPassword: ")
    ends(child, 0)


@test
def expect_waits_for_a_guest_of_another_host(bench):
    a, b = far.hosts(bench, "a", "b")
    result = far.run_in_time(bench, "a", "expect", "web1", "x", status=11)
    said("no guest called 'web1' appeared in time", result)
    # Where none can be seen is said once.
    b.run_instead(f"KPL011_DEV_DIR=/nonexistent exec {bench.program} serve --stdio".encode())
    result = far.run_in_time(bench, "a,b", "expect", "web1", "x", status=11)
    assert result.stderr.count(b"b: the kernel module kpl011 is not loaded there") == 1, result
    child = follow(bench, "--host", "a", "expect", "--timeout", "60", "a/web1", "login: $")
    has_waited(child)
    a.port(1, "web1", b"login: ")
    ends(child, 0)


@test
def console_talks_with_a_guest_of_another_host(bench):
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1", b"login: ")
    child = bench.terminal("--host", "a", "console", "web1")
    child.expect_exact("Connected to web1 (port 1, user root)")
    child.expect_exact("login: ")
    child.send("root\r")
    port.wait_received(b"root\r")
    port.say(b"root\r\n# ")
    child.expect_exact("# ")
    child.send("\x1db")
    port.wait_received(BREAK)
    child.send("\x1dq")
    child.expect_exact("left web1")
    child.wait()


@test
def send_goes_to_all_that_are_meant_on_their_hosts(bench):
    a, b = far.hosts(bench, "a", "b")
    ports = [a.port(1, "web1"), b.port(1, "web2"), b.port(2, "db")]
    result = run(bench, "--host", "a,b", "send", "--all-matching", "web*", "x")
    for port, what in zip(ports, (b"x", b"x", b"")):
        wait_for("it has arrived", lambda port=port, what=what: port.received == what)
    assert b"b/web2: sent (port b/1)" in result.stdout, result


@test
def attach_runs_on_the_host_that_is_meant(bench):
    a, b = far.hosts(bench, "a", "b")
    a.port(1, "web1", pid=4000000)
    several, nobody = ["--host", "a,b"], "4000000"

    def told(host, *words):
        result = bench.run(*words)
        assert result.returncode and result.stderr.startswith(f"kpl011: {host}: ".encode()), result
        return result

    told("a", "--host", "a", "attach", nobody)
    told("b", "--host", "b", "attach", f"b/{nobody}")
    told("b", *several, "attach", "--strict", f"b/{nobody}")
    # The argument of an option is not where the guest is, nor does it ask for help here.
    told("a", "--host", "a", "attach", "--name", "-h", nobody)
    told("a", "--host", "a", "attach", "--name", "--help", nobody)
    said("b: attach: --name 'a/x': not 1 to",
         told("b", *several, "attach", "--name", "a/x", f"b/{nobody}"))
    told("b", *several, "attach", "--take-over", f"b/{nobody}")
    said("a: cannot detach", told("a", "--host", "a", "detach", "--qmp", "-h", "web1"))
    tries = a.tries(), b.tries()
    for words in (["attach", "--name", "a/x", nobody], ["attach", "--nam", "a/x", nobody],
                  ["attach", "--gpa", "b/1", "--strict", nobody], ["attach", "--", nobody],
                  ["attach", "--name", "a/x"], ["detach", "--qmp", "a/x"]):
        said("there are several hosts: say which", run(bench, *several, *words, status=2))
    assert (a.tries(), b.tries()) == tries


@test
def errands_are_for_the_host_they_run_on(bench):
    """Also where whoever logs in has hosts of his own in the environment: others, or that one itself."""
    a, b = far.hosts(bench, "a", "b")
    # Or who asks it in error would ask for ever.
    b.refuse(b"nobody is to ask this host\n")
    for usual in ("b", "a", "a,b"):
        bench.env["KPL011_HOSTS"] = usual
        ports = [host.port(3, "web3") for host in (a, b)]
        tries = a.tries()
        run(bench, "--host", "a", "reset", "3")
        run(bench, "--host", "a", "detach", "3")
        for port in ports:
            port.die()
        run(bench, "--host", "a", "reap", "3")
        assert ports[0].asked == ["reset", "detach"] and ports[0].reaped, ports[0].asked
        assert not ports[1].asked and not ports[1].reaped, ports[1].asked
        assert (a.tries() - tries, b.tries()) == (3, 0), (a.tries(), b.tries())
        for port in ports:
            port.end()
            os.unlink(port.path)


@test
def attach_is_of_this_host_where_that_is_named(bench):
    far.hosts(bench, "a")
    pid = str(os.getpid())
    for hosts, word in (("a,local", f"local/{pid}"), ("local", pid)):
        result = run(bench, "--host", hosts, "attach", "--ring", "64k", word, status=5)
        assert result.stderr.startswith(f"kpl011: no {bench.dir}".encode()), (hosts, result)


@test
def errands_run_over_there(bench):
    a, b = far.hosts(bench, "a", "b")
    port = a.port(1, "web1", b"x" * 100)
    old = b.port(2, "old")
    old.die()
    result = run(bench, "--host", "a", "info", "--json", "web1")
    assert json.loads(result.stdout)["tx_newest"] == 100
    run(bench, "--host", "a", "reset", "web1")
    assert port.asked == ["reset"]
    result = run(bench, "--host", "a,b", "reap", "b/old")
    assert old.reaped and b"old: port 2 is forgotten" in result.stdout
    result = run(bench, "--host", "local,a,b", "info", "--json", "web1")
    assert json.loads(result.stdout)["tx_newest"] == 100
    b.port(5, "web1")
    result = run(bench, "--host", "a,b", "info", "web1", status=4)
    said("say which, as in HOST/GUEST", result)
    result = run(bench, "--host", "a,b", "reap", "--all", status=2)
    said("there are several hosts: say which", result)
    result = run(bench, "--host", "a", "info", "nobody", status=3)
    said("a: no guest is called 'nobody'", result)
    result = run(bench, "--host", "local,a", "info", "local/x", status=3)
    said("kpl011: no guest is called 'x'", result)
