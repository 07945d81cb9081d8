# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the full screen's settings: keys, what is wrong, and alerts."""

import os

import asks
from desk import Desk
from screen_terminal import looks

TESTS = []
test = asks.decorator(TESTS)


@test(ask=9)
def screen_keys_can_be_changed_and_the_help_follows(bench):
    desk = Desk(bench)
    path = desk.settings("[keys]\nprefix = Ctrl-A\nquit = Q\nzoom =\n")
    web1 = desk.guest("web1", b"ready")
    term = desk.open(web1, args=("--config", path))
    term.wait("Ctrl-A ? help")
    term.type("\x1d")
    web1.wait_received(b"\x1d")
    term.type("\x01?")
    term.wait("anywhere, after Ctrl-A")
    assert looks(term.text(), r"Q +leave; the guests keep running")
    term.type("q")
    term.type("\x01q")
    term.wait_status("Ctrl-A q means nothing; Ctrl-A ? lists what does")
    term.type("\x01Q")
    assert term.wait_end() == 0


@test
def screen_settings_that_are_wrong_are_told_and_left_out(bench):
    desk = Desk(bench)
    path = desk.settings("[keys]\nfly = F\nquit = Q\n[alerts]\nbad = (\n")
    term = desk.open(desk.guest("web1", b"ready"), args=("--config", path), cols=140)
    term.wait_status("settings:2: key fly = F: no action has this name")
    term.wait_status("; 1 more: run with --check")
    term.act("Q")
    assert term.wait_end() == 0
    # Where there is little room, what to do stays.
    term = desk.open(desk.guest("web3", b"ready"), args=("--config", path), cols=60)
    term.wait_status("settings:2: key fly = F")
    term.wait_status("; 1 more: run with --check")
    term.act("Q")
    assert term.wait_end() == 0
    term = desk.open(desk.guest("web2", b"ready"), args=("--config", "/nonexistent"))
    assert term.wait_end() == 1
    assert b"cannot read the settings in /nonexistent" in term.raw
    os.makedirs(os.path.join(bench.dir, "config", "kpl011"))
    bench.env["XDG_CONFIG_HOME"] = os.path.join(bench.dir, "config")
    with open(os.path.join(bench.dir, "config", "kpl011", "screen.conf"), "w", encoding="ascii") as file:
        file.write("\n[screen]\n  bell = loud\n")
    term = desk.open(desk.guest("web4", b"ready"))
    term.wait_status("screen.conf:3: bell is 'loud': say yes or no; run kpl011 screen --check")


@test
def screen_settings_are_checked_without_a_screen(bench):
    config = os.path.join(bench.dir, "config", "kpl011", "screen.conf")
    os.makedirs(os.path.dirname(config))
    bench.env["XDG_CONFIG_HOME"] = os.path.join(bench.dir, "config")
    result = bench.run("screen", "--check")
    assert result.returncode == 0 and f"there is no {config}".encode() in result.stdout, result
    with open(config, "w", encoding="ascii") as file:
        file.write("[screen]\nmouse = x\n\tbell = y\n\n[keys]\nfly = F\n")
    for args in ((), ("--config", config)):
        result = bench.run("screen", *args, "--check")
        lines = result.stderr.decode().splitlines()
        assert result.returncode == 1 and len(lines) == 3, result
        for line, number in zip(lines, (2, 3, 6)):
            assert line.startswith(f"kpl011: {config}:{number}: "), line
    with open(config, "w", encoding="ascii") as file:
        file.write("[screen]\nmouse = no\n")
    result = bench.run("screen", "--check")
    assert result.returncode == 0 and config.encode() in result.stdout and not result.stderr, result
    evil = config + "\033[2J"
    os.rename(config, evil)
    result = bench.run("screen", "--check", "--config", evil)
    assert result.returncode == 0 and b".conf\\x1b[2J were read" in result.stdout, result
    result = bench.run("screen", "--check", "--config", "/nonexistent")
    assert result.returncode == 1, result
    result = bench.run("screen", "--check", "file:/etc/hostname")
    assert result.returncode == 2 and b"--check" in result.stderr, result


@test
def screen_alerts_are_shown_and_rung(bench):
    desk = Desk(bench)
    bench.env["LC_ALL"] = "C.UTF-8"
    path = desk.settings("[alerts]\nmine@web* = backup (failed|late)\nwhere = (?i)zürich\n")
    web1 = desk.guest("web1", b"one")
    web2 = desk.guest("web2", b"two\r\n")
    db1 = desk.guest("db1", b"three")
    term = desk.open(web1, web2, db1, args=("--config", path), cols=120)
    term.wait("one")
    db1.say(b"backup failed\r\n")
    web2.say(b"\033[31mbackup\033[0m late\r\n")
    term.wait_status("web2: mine: backup late")
    term.wait(lambda t: t.line(2).startswith("! web2"))
    term.wait(lambda t: t.line(3).startswith("* db1"))
    term.wait(lambda t: b"\a" in t.raw)
    db1.say(b"[  1.0] Kernel panic - not syncing: VFS\r\n")
    term.wait_status("db1: panic: [  1.0] Kernel panic")
    # In the characters of the terminal.
    db1.say("Sicherung in ZÜRICH\r\n".encode())
    term.wait_status("db1: where: Sicherung in ZÜRICH")
    # Seen: it is none any more.
    term.act("n")
    term.wait("two")
    term.wait(lambda t: t.line(2).startswith("  web2"))


@test
def screen_alerts_of_ports_that_are_not_looked_at(bench):
    desk = Desk(bench)
    bench.port(1, "web1", b"one")
    web2 = bench.port(2, "web2", b"two")
    term = desk.open_ports("screen", cols=120)
    term.wait("one")
    web2.say(b"Kernel panic - not syncing: VFS\r\n")
    term.wait_status("web2: panic: Kernel panic")
    term.wait(lambda t: t.line(2).startswith("! web2"))
