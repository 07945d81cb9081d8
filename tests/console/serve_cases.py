# SPDX-License-Identifier: GPL-2.0-only
"""Tests of what two hosts say to each other: of a far end that is hostile, and of serve, which is one."""

import json
import os
import re
import subprocess

import asks
import far
from bench import run, said
from far import follow
from played import wait_for

TESTS = []
test = asks.decorator(TESTS)

GREETING = b"\0KPL011 serve 1\n"


# Who is over there.

@test
def what_a_login_shell_says_first_is_no_harm(bench):
    a, = far.hosts(bench, "a")
    a.port(1, "web1", b"one\n")
    a.say_before(b"Welcome!\n\0KPL011 serve\n\033[2J" + bytes(range(256)) * 100 + b"\0KPL011 ser")
    assert run(bench, "--host", "a", "log", "web1").stdout == b"one\n"
    a.say_before(b"x" * 100000)
    result = run(bench, "--host", "a", "log", "web1", status=12)
    said("it prints a lot, but not the greeting of kpl011", result)


@test
def why_there_is_no_kpl011_is_told(bench):
    a, = far.hosts(bench, "a")
    for script, why in (
            (b"echo 'bash: line 1: kpl011: command not found' >&2; exit 127",
             "kpl011 is not installed there, or not in the PATH (bash: line 1: kpl011: command"),
            (b"echo; echo 'This account is currently not available.'; exit 1",
             "it says: This account is currently not available."),
            (b"exit 3", "ssh has ended with exit status 3"),
            (b"exit 0", "the other side has closed the connection"),
            (b"echo 'kpl011: '\"'serve'\"' is not a command' >&2; exit 2", "'serve' is not a command"),
            (b"printf '\\000KPL011 serve 2\\n'; sleep 1000",
             "it speaks another version of the protocol")):
        a.run_instead(script)
        result = run(bench, "--host", "a", "list", status=12)
        said("cannot reach the host a: ", result)
        said(why, result)


def frame(kind, channel, payload):
    return (len(payload).to_bytes(4, "little") + kind + b"\0\0\0" +
            channel.to_bytes(4, "little") + payload)


def note(channel=0, **members):
    return frame(b"N", channel, json.dumps(members).encode())


HELLO = {"say": "hello", "version": 1, "least": 1, "program": "x", "boot": "b", "boot_ns": 1,
         "real_ns": 2}
FACTS = {"id": 1, "name": "web1", "state": "live", "pid": 0, "uid": 0, "user": "root", "gpa": 1,
         "intid": 33, "ring_size": 65536, "attach_ns": 1, "death_ns": 0, "life": 1,
         "tx_newest": 10, "tx_oldest": 0, "tx_breaks": 0, "rx_bytes": 0, "rx_queued": 0,
         "rx_breaks": 0, "reads": 0, "writes": 0, "interrupts": 0}


def guests(*all_of_them):
    return note(say="guests", all=True, more=False, guests=list(all_of_them), gone=[], hidden=0,
                errno=0)


def say_there(bench, host, *bytes_said, then="exec cat >/dev/null"):
    """The far end says these, and hears all."""
    path = os.path.join(host.dir, "said")
    with open(path, "wb") as file:
        file.write(GREETING + b"".join(bytes_said))
    host.run_instead(f"cat {path}\n{then}\n".encode())


@test
def versions_have_to_have_one_in_common(bench):
    a, = far.hosts(bench, "a")
    for versions, why in (({"version": 0, "least": 0}, "its kpl011 is too old: upgrade it"),
                          ({"version": 9, "least": 2}, "upgrade this one"),
                          ({"version": "x"}, "its hello is incomplete"),
                          ({"boot_ns": None}, "its hello is incomplete")):
        say_there(bench, a, note(**{**HELLO, **versions}), guests(FACTS))
        result = run(bench, "--host", "a", "list", status=12)
        said(why, result)
    # What is newer, and still speaks ours, may say more.
    say_there(bench, a, note(**{**HELLO, "version": 9, "features": [1]}),
              note(say="something new", x=1), guests({**FACTS, "colour": "red"}))
    assert b"web1" in run(bench, "--host", "a", "list").stdout


@test
def a_hostile_far_end_is_refused(bench):
    a, = far.hosts(bench, "a")
    hello = note(**HELLO)
    for wrong in (b"\xff" * 100, frame(b"N", 0, b"{"), frame(b"N", 0, b"[1]"), frame(b"N", 0, b"x"),
                  frame(b"?", 0, b""), frame(b"D", 0, b"1234"), frame(b"M", 1, b"123"),
                  frame(b"C", 1, b""), b"\0\0\1\0N\0\0\0\0\0\0\0" + b"{" * 65536,
                  frame(b"N", 0, b"[" * 60000)):
        for before in (b"", hello):
            say_there(bench, a, before + wrong, then="sleep 1000")
            result = run(bench, "--host", "a", "list", status=12)
            said("cannot reach the host a: ", result)
    # Frames before the hello, too.
    say_there(bench, a, guests(FACTS))
    run(bench, "--host", "a", "list", status=12)


@test
def names_of_a_hostile_far_end_drive_no_terminal(bench):
    a, = far.hosts(bench, "a")
    bad = {**FACTS, "name": "a/\033[2J\u202e\u00e4" + "x" * 1000, "user": "\033]0;x\007" * 9}
    wrong = [{**FACTS, "id": 5, key: value} for key, value in
             (("id", -1), ("id", 2**32), ("pid", "x"), ("tx_oldest", 11), ("tx_newest", -2**63),
              ("ring_size", 2**30), ("state", 7), ("attach_ns", -5))]
    say_there(bench, a, note(**HELLO), guests(bad, *wrong, 3, None, [], "x"))
    for args in ([], ["--json"]):
        result = run(bench, "--host", "a", "list", *args)
        assert not re.search(rb"[^\n -~]", result.stdout + result.stderr), result
        assert b"a_?[2J" in result.stdout, result
    assert len(json.loads(result.stdout)) == 1, result


@test
def bytes_that_cannot_be_are_refused(bench):
    a, = far.hosts(bench, "a")
    def pos(number):
        return number.to_bytes(8, "little")
    script = os.path.join(a.dir, "script")
    with open(script, "w", encoding="ascii") as file:
        file.write("import os\nheard = b''\nwhile b'open' not in heard:\n"
                   "    heard += os.read(0, 4096)\n"
                   f"os.write(1, open('{a.dir}/answer', 'rb').read())\n"
                   "while os.read(0, 4096):\n    pass\n")
    opened = note(channel=1, say="opened", write=False)
    for wrong in (frame(b"D", 1, pos(3) + b"one") + frame(b"D", 1, pos(2) + b"back"),
                  frame(b"D", 1, pos(2**63) + b"x"), frame(b"D", 1, pos(2**64 - 1) + b"xyz"),
                  frame(b"C", 1, pos(1))):
        # In answer to what is asked for, once it is.
        path = os.path.join(a.dir, "answer")
        with open(path, "wb") as file:
            file.write(opened + wrong)
        say_there(bench, a, note(**HELLO), guests(FACTS),
                  then=f"exec /usr/bin/python3 {script}")
        result = run(bench, "--host", "a", "log", "-f", "web1", status=1)
        said("a: what it sends of web1 makes no sense", result)


@test
def facts_of_more_guests_than_there_may_be_are_dropped(bench):
    a, = far.hosts(bench, "a")
    many = [{**FACTS, "id": i, "name": f"g{i}"} for i in range(5000)]
    say_there(bench, a, note(**HELLO), *[
        note(say="guests", all=not i, more=i + 50 < 5000, guests=many[i:i + 50], gone=[], hidden=0,
             errno=0) for i in range(0, 5000, 50)])
    assert len(json.loads(run(bench, "--host", "a", "list", "--json").stdout)) == 4096


# The far end.

def serve(bench, *args, said_to_it=b""):
    return bench.run("serve", "--stdio", *args, input=said_to_it)


@test
def serve_needs_another_kpl011(bench):
    bench.port(1, "web1")
    hello = GREETING + note(**HELLO)
    for wrong, why in ((b"GET / HTTP/1.0\r\n\r\n", "it is not kpl011"),
                       (b"\0KPL011 serve 9\n", "it speaks another version"),
                       (GREETING + note(say="reap", port=1, life=1), "does not say hello first"),
                       (GREETING + frame(b"I", 1, b"x"), "does not say hello first"),
                       (GREETING + note(**{**HELLO, "least": 2, "version": 3}), "upgrade this one"),
                       (hello + frame(b"N", 0, b"]"), "not JSON"),
                       (hello + frame(b"D", 0, b"123456789"), "sends what is not allowed"),
                       (hello + b"\xff" * 20, "longer than the protocol allows")):
        result = serve(bench, said_to_it=wrong)
        assert result.returncode == 1, result
        said(why, result)
    child = bench.start("serve", "--stdio", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdin.write(hello)
    child.stdin.flush()
    os.set_blocking(child.stdout.fileno(), False)
    printed = bytearray()
    wait_for("it greets", lambda: printed.extend(child.stdout.read() or b"") or
             b'"web1"' in printed)
    assert printed.startswith(GREETING), printed
    child.stdin.close()
    assert child.wait(timeout=60) == 0
    assert serve(bench).returncode == 0
    run(bench, "serve", status=2)
    run(bench, "serve", "--stdio", "x", status=2)


@test
def serve_takes_no_more_input_than_it_said(bench):
    port = bench.port(1, "web1")
    port.takes.clear()
    start = GREETING + note(**HELLO) + note(channel=1, say="open", port=1, life=1, pos=0, credit=0,
                                            write=True)
    flood = frame(b"I", 1, b"x" * 65536) * 40
    result = serve(bench, said_to_it=start + flood)
    assert result.returncode == 1, result
    said("more than is allowed", result)
    result = serve(bench, said_to_it=start + start[len(GREETING):])
    said("it opens a channel that is open", result)
    port.takes.set()


@test
def serve_read_only_changes_nothing(bench):
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1", b"one\n")
    bench.env["SERVE"] = "serve --stdio --read-only"
    assert run(bench, "--host", "a", "log", "web1").stdout == b"one\n"
    result = run(bench, "--host", "a", "send", "web1", "x", status=6)
    said("cannot send to web1: Permission denied", result)
    result = run(bench, "--host", "a", "console", "web1", input=b"x", status=6)
    said("cannot send to web1: Permission denied", result)
    # It is no failure of an unknown kind: of each of them.
    run(bench, "--host", "a", "expect", "--from", "start", "--send", "x", "web1", "one", status=6)
    for words in (["reset", "web1"], ["detach", "web1"], ["reap", "web1"], ["attach", "1"]):
        result = run(bench, "--host", "a", *words, status=6)
        said(f"a: cannot run '{words[0]}' there: Permission denied", result)
    assert not port.received and not port.asked
    run(bench, "--host", "a", "info", "web1")


@test
def serve_runs_only_what_ends_at_once(bench):
    bench.port(1, "web1")
    for words in (["watch"], ["screen"], ["../../bin/sh"], [], [1], "info", None, ["info", 3],
                  ["info"] * 100):
        result = serve(bench, said_to_it=GREETING + note(**HELLO) +
                       note(channel=7, say="run", words=words))
        assert result.returncode == 0, (words, result)


@test
def serve_runs_one_thing_at_a_time(bench):
    bench.port(1, "web1")
    for second in (7, 8):
        child = bench.start("serve", "--stdio", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        child.stdin.write(GREETING + note(**HELLO) + note(channel=7, say="run", words=["doctor"]) +
                          note(channel=second, say="run", words=["doctor"]))
        child.stdin.flush()
        os.set_blocking(child.stdout.fileno(), False)
        printed = bytearray()
        wait_for("the second is refused", lambda: printed.extend(child.stdout.read() or b"") or
                 frame(b"N", second, b'{"say":"failed","errno":16}') in printed)
        wait_for("the first ends", lambda: printed.extend(child.stdout.read() or b"") or
                 b'"say":"ran"' in printed)
        child.stdin.close()
        assert child.wait(timeout=60) == 0


@test
def serve_says_why_it_cannot_write(bench):
    with open("/dev/full", "wb") as full:
        child = bench.start("serve", "--stdio", stdin=subprocess.PIPE, stdout=full,
                            stderr=subprocess.PIPE)
    assert child.wait(timeout=60) == 1
    text = child.stderr.read()
    assert b"serve: cannot write to the near end: No space left on device" in text, text


@test
def serve_is_quiet_while_nothing_happens(bench):
    a, = far.hosts(bench, "a")
    for i in range(30):
        a.port(i, f"web{i}")
    child = follow(bench, "--host", "a", "log", "-f", "web1")
    wait_for("it is looked at", a.pid)
    pid = a.pid()

    def written():
        with open(f"/proc/{pid}/io", encoding="ascii") as file:
            return int(re.search(r"wchar: (\d+)", file.read())[1])
    start = wait_for("it has told of its guests", lambda: written() > 8000 and written())
    # At least two of its ticks.
    wait_for("ticks", lambda: written() > start + 150)
    assert written() < start + 5000, written() - start
    child.terminate()
    child.wait()
