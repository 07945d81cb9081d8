# SPDX-License-Identifier: GPL-2.0-only
"""Tests of list and info: what there is, and all that is known of it."""

import json

import asks
from bench import expect_in, expect_status

TESTS = []
test = asks.decorator(TESTS)


@test
def list_shows_every_port_by_number(bench):
    bench.port(10, "web1", b"x" * 2048, pid=77, attach_ns=1)
    bench.port(9, "a-much-longer-name", live=0, death_ns=61000000001, rx_bytes=5)
    bench.port(11, "")
    result = bench.run("list")
    expect_status(result, 0)
    lines = result.stdout.decode().splitlines()
    assert len(lines) == 4, lines
    assert lines[1].split()[:5] == ["9", "a-much-longer-name", "dead", "-", "root"], lines[1]
    assert lines[1].split()[5:] == ["1m01s", "0", "5"], lines[1]
    assert lines[2].split()[:5] == ["10", "web1", "live", "77", "root"]
    assert lines[2].split()[6:] == ["2.0K", "0"]
    assert lines[3].split()[:3] == ["11", "-", "live"]
    # Aligned: each column begins or ends where its title does.
    for title in ("NAME", "STATE", "USER"):
        at = lines[0].index(title)
        assert all(line[at - 1] == " " and line[at] != " " for line in lines), (title, lines)
    assert all(len(line) == len(lines[0]) for line in lines), lines
    assert not result.stderr


@test
def list_json_has_every_field_in_plain_units(bench):
    bench.port(3, 'we"b', b"x" * 10, pid=77, attach_ns=123456789012)
    bench.port(2, "db", live=0, death_ns=5, tx_oldest=7)
    result = bench.run("list", "--json")
    expect_status(result, 0)
    dead, live = json.loads(result.stdout)
    assert list(live) == ["id", "name", "device", "state", "pid", "uid", "user", "gpa", "intid",
                          "ring_size", "attach_ns", "death_ns", "tx_newest", "tx_oldest",
                          "tx_breaks", "rx_bytes", "rx_queued", "rx_breaks", "reads", "writes",
                          "interrupts"], list(live)
    assert live["id"] == 3 and live["name"] == 'we"b' and live["state"] == "live"
    assert live["attach_ns"] == 123456789012 and live["gpa"] == 0x9000000
    assert live["tx_newest"] == 10 and live["device"] == f"{bench.dir}/3"
    assert dead["id"] == 2 and dead["state"] == "dead" and dead["death_ns"] == 5
    assert dead["tx_oldest"] == 7 and dead["tx_newest"] == 7


@test
def ports_of_other_users_are_counted(bench):
    bench.port(1, "web1")
    for number in (2, 3):
        bench.port(number, "secret").errno = 13
    result = bench.run("list")
    expect_status(result, 0)
    assert b"secret" not in result.stdout
    expect_in("2 more belong to other users", result.stderr)
    result = bench.run("log", "2")
    expect_status(result, 6)
    expect_in("belongs to user root", result.stderr)


@test
def a_detached_port_is_told_apart_from_a_dead_one(bench):
    port = bench.port(1, "web1", b"x" * 5, pid=77)
    port.detach()
    result = bench.run("list")
    expect_status(result, 0)
    assert result.stdout.decode().splitlines()[1].split()[1:3] == ["web1", "detached"]
    assert json.loads(bench.run("list", "--json").stdout)[0]["state"] == "detached"
    assert bench.run("log", "web1").stdout == b"xxxxx"
    result = bench.run("send", "web1", "x")
    expect_status(result, 7)
    expect_in("web1 (port 1) was detached: nothing can be sent", result.stderr)
    # As a dead one it gives way to a live one, and can be forgotten.
    bench.port(2, "web1", b"y")
    assert bench.run("log", "web1").stdout == b"y"
    expect_status(bench.run("reap", "web1"), 0)
    assert port.reaped


@test
def info_has_everything(bench):
    bench.port(1, "web1", b"x" * 10, pid=77, strict=1, flow_ms=1000, tx_lost=3, resets=2,
               flow_stalls=4, flow_stall_ns=5000000, flow_drops=6, page=2, page_maps=7,
               page_unmaps=8, page_cleans=9, **{"reads_of.6": 11, "writes_of.0": 12, "writes_of.12": 13, "reads_of.36": 14,
                  "reads_of.2": 15, "reads_of.37": 16})
    result = bench.run("info", "web1")
    expect_status(result, 0)
    text = result.stdout.decode()
    assert text.startswith(f"web1: {bench.dir}/1, live\n"), text
    rows = [line.split() for line in text.splitlines()]
    for row in (["FR", "11", "0"], ["DR", "0", "12"], ["CR", "0", "13"], ["ids", "14", "0"],
                ["other", "31", "0"], ["resets", "2"]):
        assert row in rows, (row, text)
    assert not [row for row in rows if row[0] == "IMSC"], text
    expect_in("0x9000000, INTID 33, strict", text)
    expect_in("1000 ms a reader may hold up the guest", text)
    assert ["reads", "do", "not", "trap"] in rows, text
    result = bench.run("info", "--json", "web1")
    expect_status(result, 0)
    info = json.loads(result.stdout)
    facts = json.loads(bench.run("list", "--json").stdout)[0]
    assert {key: info[key] for key in facts} == facts
    assert (info["strict"], info["no_flow"], info["flow_ms"], info["tx_lost"], info["resets"],
            info["flow_stalls"], info["flow_stall_ns"], info["flow_drops"]) == \
        (True, False, 1000, 3, 2, 4, 5000000, 6)
    assert (info["page"], info["page_maps"], info["page_unmaps"], info["page_cleans"]) == \
        ("mapped", 7, 8, 9)
    assert info["registers"]["FR"] == {"reads": 11, "writes": 0}
    assert info["registers"]["other"] == {"reads": 31, "writes": 0}
    assert len(info["registers"]) == 20, info["registers"].keys()
    expect_status(bench.run("info", "nobody"), 3)
