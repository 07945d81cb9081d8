# SPDX-License-Identifier: GPL-2.0-only
"""Tests of which guests commands mean, and of all that they tell about these."""

import json
import os
import pwd

import asks
from bench import expect_in, expect_status

TESTS = []
test = asks.decorator(TESTS)


def rack(bench):
    return {name: bench.port(number, name, name.encode(), pid=100 + number)
            for number, name in enumerate(("web1", "web2", "db"), 1)}


def names(result):
    return [line.split()[1] for line in result.stdout.decode().splitlines()[1:]]


@test
def list_is_of_the_guests_that_are_meant(bench):
    rack(bench)
    bench.port(7, "web1", live=0)
    for words, found in (([], ["web1", "web2", "db", "web1"]), (["web*"], ["web1", "web2", "web1"]),
                         (["web1"], ["web1", "web1"]), (["db", "7"], ["db", "web1"]),
                         (["web2", "web*", "pid:102"], ["web1", "web2", "web1"])):
        result = bench.run("list", *words)
        assert result.returncode == 0 and names(result) == found, (words, result)
        result = bench.run("list", "--json", *words)
        assert [guest["name"] for guest in json.loads(result.stdout)] == found, (words, result)
    result = bench.run("list", "web1", "nobody")
    assert result.returncode == 3 and not result.stdout, result
    assert b"no guest is called 'nobody'" in result.stderr


@test
def a_pattern_changes_several_only_when_that_is_said(bench):
    for command in (["reset"], ["detach"], ["send"], ["reap"]):
        ports = rack(bench)
        text = ["hello"] if command == ["send"] else []
        if command == ["reap"]:
            for port in ports.values():
                port.die()
        result = bench.run(*command, "web*", *text)
        assert result.returncode == 4 and b"stands for 2 guests" in result.stderr, result
        for candidate in (b"1    web1", b"2    web2"):
            assert candidate in result.stderr, result
        assert not result.stdout and not any(port.asked or port.reaped or port.received
                                             for port in ports.values()), command
        result = bench.run(*command, "--all-matching", "web*", *text)
        assert result.returncode == 0 and not result.stderr, (command, result)
        lines = result.stdout.decode().splitlines()
        assert [line.split(":")[0] for line in lines] == ["web1", "web2"], lines
        for name, port in ports.items():
            if text and name.startswith("web"):
                port.wait_received(b"hello")
            done = bool(port.asked or port.reaped or port.received)
            assert done == name.startswith("web"), (command, name)
            port.end()
            os.unlink(port.path)


@test
def a_name_of_several_users_means_none_of_their_guests(bench):
    """Not even the one that lives: anybody may start one by the name of another's."""
    gone = bench.port(1, "web1", b"of root\n", live=0)
    other = bench.port(2, "web1", b"of another\n", uid=4242, pid=102)
    liar = bench.port(3, "web1@root", b"of another, too\n", uid=4242, pid=103)
    for command in (["send", "web1", "secret"], ["reset", "web1"], ["detach", "web1"],
                    ["console", "web1"], ["expect", "--timeout", "5", "web1", "x"],
                    ["log", "web1"], ["record", "web1"], ["reap", "web1"]):
        result = bench.run(*command)
        assert result.returncode == 4 and not result.stdout, (command, result)
        assert b"of several users; say which, as in GUEST@USER" in result.stderr, result
        assert b"user root" in result.stderr and b"user 4242" in result.stderr, result
    assert not gone.reaped and not other.asked and not other.received
    assert bench.run("log", "web1@root").stdout == b"of root\n"
    assert bench.run("log", "web1@4242").stdout == b"of another\n"
    assert bench.run("send", "web1@4242", "hello").returncode == 0
    other.wait_received(b"hello")
    # What he calls it gets him nothing.
    result = bench.run("send", "web2@root", "secret")
    assert result.returncode == 3, result
    result = bench.run("send", "--all-matching", "*@root", "secret")
    assert result.returncode != 0 and not liar.received, result
    result = bench.run("send", "a@b", "secret")
    bench.port(4, "a@b", b"")
    result = bench.run("send", "a@b", "x")
    assert result.returncode == 3 and b"name:a@b" in result.stderr, result
    assert bench.run("send", "name:a@b", "x").returncode == 0


@test
def several_words_are_several_guests_and_all_or_none(bench):
    ports = rack(bench)
    result = bench.run("reset", "web1", "nobody")
    assert result.returncode == 3 and not ports["web1"].asked, result
    result = bench.run("reset", "db", "web1", "web1")
    assert result.returncode == 0, result
    assert [line.split(":")[0] for line in result.stdout.decode().splitlines()] == ["web1", "db"]
    assert ports["web1"].asked == ["reset"] and ports["db"].asked == ["reset"]
    # What fails does not keep the others from it.
    ports["web1"].asked_errno = 13
    result = bench.run("reset", "web1", "web2")
    assert result.returncode == 6 and b"cannot reset the UART of web1 (port 1)" in result.stderr
    assert ports["web2"].asked == ["reset"]
    result = bench.run("detach", "--qmp", "found", "web1", "db")
    assert result.returncode == 1 and result.stderr.count(b"cannot detach ") == 2, result


@test
def send_to_all_leaves_out_the_dead_and_tells_who_took_nothing(bench):
    ports = rack(bench)
    ports["web2"].die()
    dead = bench.port(9, "web9", write_errno=16)
    result = bench.run("send", "--all-matching", "--sysrq", "b", "web*")
    assert result.returncode == 1, result
    assert result.stdout == b"web1: sent (port 1)\n" and b"cannot send to web9" in result.stderr
    assert b"web2" not in result.stderr, result
    ports["web1"].wait_received(b"<BREAK>b")
    assert not dead.received and not ports["web2"].received and not ports["db"].received


FACTS = {"pid": 77, "uid": 0, "gpa": 0x9040000, "intid": 40, "ring_size": 131072,
         "attach_ns": 123456789012, "tx_oldest": 1 << 40, "tx_breaks": 3, "rx_bytes": 4,
         "rx_queued": 5, "rx_breaks": 6, "reads": 7, "writes": 1 << 41, "interrupts": 9}
MORE = {"strict": True, "no_flow": True, "flow_ms": 10, "tx_lost": 11, "resets": 12,
        "flow_stalls": 13, "flow_stall_ns": 14, "flow_drops": 15, "page_maps": 18,
        "page_unmaps": 19, "page_cleans": 20}


@test
def json_has_every_fact_as_the_kernel_tells_it(bench):
    bench.port(3, "web1", b"x" * 16, **FACTS, **{key: int(value) for key, value in MORE.items()},
               **{"reads_of.6": 16, "writes_of.12": 17, "page": 1})
    expected = {"id": 3, "name": "web1", "device": f"{bench.dir}/3", "state": "live",
                "user": pwd.getpwuid(0).pw_name, "death_ns": 0,
                "tx_newest": FACTS["tx_oldest"] + 16, **FACTS}
    listed, = json.loads(bench.run("list", "--json").stdout)
    assert listed == expected, listed
    info = json.loads(bench.run("info", "--json", "web1").stdout)
    registers = info.pop("registers")
    assert info == {**expected, **MORE, "page": "unmapped", "input": None}, info
    assert registers.pop("FR") == {"reads": 16, "writes": 0}
    assert registers.pop("CR") == {"reads": 0, "writes": 17}
    assert all(counts == {"reads": 0, "writes": 0} for counts in registers.values()), registers


@test
def info_of_several_guests_is_an_array(bench):
    ports = rack(bench)
    for words, found in ((["web1", "db"], ["web1", "db"]), (["web*"], ["web1", "web2"]),
                         (["d*"], ["db"])):
        result = bench.run("info", "--json", *words)
        assert [guest["name"] for guest in json.loads(result.stdout)] == found, result
        text = bench.run("info", *words).stdout.decode()
        assert [line.split(":")[0] for line in text.splitlines() if ", live" in line] == found
    assert json.loads(bench.run("info", "--json", "db").stdout)["name"] == "db"
    ports["db"].errno = 13
    result = bench.run("info", "--json", "db")
    assert result.returncode and not result.stdout, result


@test
def info_of_a_name_of_several_users_is_of_all_of_them(bench):
    """Who took the name first is not shown in the place of the other."""
    first = bench.port(1, "web1", uid=4242, pid=101)
    bench.port(2, "web1", uid=0, pid=102)

    def owners(*words):
        result = bench.run("info", "--json", *words)
        found = json.loads(result.stdout)
        assert isinstance(found, list), result
        return [(one["id"], one["uid"]) for one in found]

    assert bench.run("info", "web1").stdout.count(b"web1: ") == 2
    assert owners("web1") == [(1, 4242), (2, 0)]
    assert json.loads(bench.run("info", "--json", "web1@root").stdout)["id"] == 2
    # One of them cannot be looked at: what is left is no answer to the question for one.
    first.errno, first.goes = 0, 2
    assert owners("web1") == [(2, 0)]


@test
def info_of_one_that_goes_meanwhile_is_told_and_the_others_are_shown(bench):
    ports = rack(bench)
    for form in ([], ["--json"]):
        ports["web1"].errno, ports["web1"].goes = 0, 2
        result = bench.run("info", *form, "web1", "web2", "db")
        assert result.returncode == 7, result
        assert b"cannot look at web1 (port 1): it is not attached any more" in result.stderr, result
        assert b"web2" in result.stdout and b"db" in result.stdout and b"web1" not in result.stdout, result


@test
def a_name_means_the_live_guest(bench):
    bench.port(1, "web1", b"old", live=0)
    bench.port(2, "web1", b"new")
    assert bench.run("log", "web1").stdout == b"new"
    assert bench.run("log", "1").stdout == b"old"


@test
def an_ambiguous_name_lists_the_candidates(bench):
    bench.port(1, "web1", pid=11)
    bench.port(2, "web2", pid=12)
    result = bench.run("log", "web*")
    expect_status(result, 4)
    expect_in("stands for 2 guests", result.stderr)
    expect_in("1    web1  (live, pid 11", result.stderr)
    expect_in("2    web2  (live, pid 12", result.stderr)


@test
def an_unknown_guest_is_3_and_similar_names_are_shown(bench):
    bench.port(1, "web1")
    result = bench.run("log", "web")
    expect_status(result, 3)
    expect_in("no guest is called 'web'", result.stderr)
    expect_in("1    web1", result.stderr)
    expect_status(bench.run("log", "7"), 3)
    expect_status(bench.run("send", "pid:7", "x"), 3)
    # What an operator typed does not reach the terminal raw either.
    result = bench.run("log", "\033[2Jx")
    expect_status(result, 3)
    assert b"\033" not in result.stderr
    expect_in("\\x1b[2Jx", result.stderr)


# trace: its lines are tested in the lab, where there is something to trace.

@test
def a_trace_needs_guests_that_live(bench):
    bench.port(1, "web1")
    bench.port(2, "old", live=0)
    result = bench.run("trace", "web1", "old")
    expect_status(result, 7)
    expect_in("the VM of old (port 2) is gone", result.stderr)
    expect_in("kpl011 log 2", result.stderr)
    assert b"tracing" not in result.stderr and not result.stdout, result
    result = bench.run("trace", "web1", "web2")
    expect_status(result, 3)
    expect_in("web2", result.stderr)
    result = bench.run("trace", *["web1"] * 129)
    expect_status(result, 2)
    expect_in("more than 128 guests", result.stderr)
