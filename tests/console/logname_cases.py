# SPDX-License-Identifier: GPL-2.0-only
"""Tests of what the daemon's logs are called: guests of one name, of several owners, of none."""

import json
import os

import asks
from daemon import Daemon
from played import wait_for

TESTS = []
test = asks.decorator(TESTS)


@test
def daemon_keeps_guests_of_one_name_apart(bench):
    bench.port(1, "twin", b"one", attach_ns=11)
    two = bench.port(2, "twin", b"two", attach_ns=12)
    bench.port(3, "", b"nobody", attach_ns=13)
    daemon = Daemon(bench).start()
    daemon.wait_log("twin.log", b"one")
    daemon.wait_log("twin~2.log", b"two")
    daemon.wait_log("~1.log", b"nobody")
    daemon.kill()
    two.say(b" more")
    daemon.start()
    daemon.wait_log("twin~2.log", b"two more")
    assert daemon.read("twin.log") == b"one"


@test
def daemon_keeps_guests_of_one_name_and_two_owners_apart(bench):
    """Neither adds to the log of the other, whoever comes first, nor after its end."""
    policy = "[defaults]\nlog = raw clean\nrotate-size = 64k\ncompress = no\n"
    first = bench.port(1, "web1", b"of nobody knows whom\n", uid=4242, attach_ns=11)
    bench.port(2, "web1", b"of root\n", attach_ns=12)
    bench.port(3, "", b"nameless\n", uid=4242, attach_ns=13)
    daemon = Daemon(bench, policy).start()
    daemon.wait_log("web1@4242.log", b"of nobody knows whom\n")
    daemon.wait_log("web1.log", b"of root\n")
    daemon.wait_log("@4242~1.log", b"nameless\n")
    first.die()
    bench.port(4, "web1", b"another\n", uid=4343, attach_ns=14)
    daemon.wait_log("web1@4343.log", b"another\n")
    bench.port(5, "web1", b"x" * 70000 + b"\n", uid=4242, attach_ns=15)
    daemon.wait_log("web1@4242.log", b"of nobody knows whom\n" + b"x" * 70000 + b"\n")
    daemon.stop()
    daemon.start()
    assert daemon.read("web1.log") == b"of root\n"
    assert daemon.read("web1@4343.log") == b"another\n"
    assert not daemon.files("web1.log") and daemon.files("web1@4242.log")


def old_ledger(daemon, port, kind, base, name, **more):
    """As they were before they had an owner, of a log that was written whole; but for MORE."""
    st = os.stat(daemon.path(name))
    point = [st.st_size, len(port.data), 0]
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        boot = file.read().strip()
    text = json.dumps({"format": "kpl011-ledger", "boot": boot, "port": port.number,
                       "attach_ns": port.facts["attach_ns"], "base": base, "exact": 0, "done": 0,
                       "dev": st.st_dev, "ino": st.st_ino, "from": point, "to": point, **more})
    with open(daemon.path(f".kpl011/{port.number}-{port.facts['attach_ns']}.{kind}"), "w",
              encoding="utf-8") as file:
        file.write(text.ljust(1023) + "\n")


@test
def daemon_takes_over_logs_that_had_no_owner(bench):
    """Nothing is lost, comes twice, or is renamed without a word; also by one that is killed."""
    daemon = Daemon(bench, "[defaults]\nlog = raw clean\ncompress = no\n")
    before = {"web1.log": b"one\n", "web1.clean.log": b"- one\n",
              "web1.log.20260131T123456Z-000001": b"first\n", "db.log": b"of root\n",
              "twin@2.log": b"two\n", "gone.log": b"whose?\n", "@9.log": b"nameless\n",
              "both.log": b"of both\n", "other.txt": b"no log\n"}
    os.makedirs(daemon.path(".kpl011"))
    for name, text in before.items():
        with open(daemon.path(name), "wb") as file:
            file.write(text)
    ports = {"web1": bench.port(1, "web1", b"one\n", uid=4242, attach_ns=11),
             "db": bench.port(2, "db", b"of root\n", attach_ns=12),
             "twin": bench.port(3, "twin", b"two\n", uid=4242, attach_ns=13),
             "mine": bench.port(4, "both", b"1", attach_ns=14),
             "his": bench.port(5, "both", b"2", uid=4242, attach_ns=15)}
    old_ledger(daemon, ports["web1"], "raw", "web1", "web1.log")
    old_ledger(daemon, ports["web1"], "clean", "web1", "web1.clean.log")
    old_ledger(daemon, ports["db"], "raw", "db", "db.log")
    old_ledger(daemon, ports["twin"], "raw", "twin@2", "twin@2.log")
    old_ledger(daemon, ports["mine"], "raw", "both", "both.log")
    old_ledger(daemon, ports["his"], "raw", "both", "both.log")
    # Where it was killed: some are renamed, and nothing of that is noted.
    os.rename(daemon.path("twin@2.log"), daemon.path("twin~2.log"))
    daemon.start()
    for port in ports.values():
        port.say(b" more\n")
    after = {"web1@4242.log": b"one\n more\n", "web1@4242.log.20260131T123456Z-000001": b"first\n",
             "db.log": b"of root\n more\n", "twin@4242~2.log": b"two\n more\n",
             "gone.log": b"whose?\n", "~9.log": b"nameless\n", "both.log": b"of both\n more\n",
             "both@4242.log": b" more\n", "other.txt": b"no log\n"}
    for name, text in after.items():
        wait_for(f"{name}: {daemon.read(name)}", lambda n=name, t=text: daemon.read(n) == t)
    wait_for("the text", lambda: daemon.read("web1@4242.clean.log").endswith(b" more\n"))
    assert daemon.read("web1@4242.clean.log").startswith(b"- one\n")
    assert not set(before) - set(after) & set(os.listdir(daemon.logs))
    said = daemon.said()
    assert "web1.log and the files that belong to it are called web1@4242.log now" in said, said
    assert "called NAME~NUMBER now: 1 file\n" in said, said
    assert "both.log has output of guests of several users" in said, said
    daemon.kill()
    ports["web1"].say(b"again\n")
    daemon.start()
    wait_for("the rest", lambda: daemon.read("web1@4242.log") == b"one\n more\nagain\n")
    assert daemon.said().count("are called web1@4242") == 1
    # Who loses the note of it has no number taken for that of a guest.
    daemon.kill()
    os.unlink(daemon.path(".kpl011/format"))
    ports["web1"].say(b"and again\n")
    daemon.start()
    wait_for("the rest", lambda: daemon.read("web1@4242.log").endswith(b"and again\n"))
    assert not [name for name in os.listdir(daemon.logs) if "~4242" in name]


@test
def daemon_gives_nobody_a_log_of_two_owners_also_after_a_kill(bench):
    """The ledger of the first of them had its owner already."""
    daemon = Daemon(bench, "[defaults]\nlog = raw\ncompress = no\n")
    before = {"both.log": b"of both\n", "both.log.20260131T123456Z-000001": b"first\n",
              ".kpl011/format": b"1\n"}
    os.makedirs(daemon.path(".kpl011"))
    for name, text in before.items():
        with open(daemon.path(name), "wb") as file:
            file.write(text)
    ports = [bench.port(number, "both", b"1", uid=uid, attach_ns=10 + number)
             for number, uid in ((1, 4242), (2, 4343))]
    old_ledger(daemon, ports[0], "raw", "both@4242", "both.log", uid=4242, ino=0)
    old_ledger(daemon, ports[1], "raw", "both", "both.log")
    daemon.start()
    for port in ports:
        port.say(b" more\n")
    daemon.wait_log("both@4242.log", b" more\n")
    daemon.wait_log("both@4343.log", b" more\n")
    daemon.wait_said("both.log has output of guests of several users: it keeps its name")
    assert daemon.read("both.log") == b"of both\n"
    assert os.path.exists(daemon.path("both.log.20260131T123456Z-000001"))


@test
def daemon_goes_on_where_it_cannot_note_what_logs_are_called(bench):
    """That is told once a start; the next one looks again, and names nothing twice."""
    daemon = Daemon(bench)
    os.makedirs(daemon.path(".kpl011/format.tmp"))
    with open(daemon.path("web1.log"), "wb") as file:
        file.write(b"one\n")
    port = bench.port(1, "web1", b"one\n", uid=4242, attach_ns=11)
    old_ledger(daemon, port, "raw", "web1", "web1.log")
    daemon.start()
    port.say(b"two\n")
    daemon.wait_log("web1@4242.log", b"one\ntwo\n")
    why = f"cannot note in {daemon.logs}/.kpl011/format.tmp what logs are called: "
    assert daemon.said().count(why + "it is not a regular file") == 1, daemon.said()
    assert not os.path.exists(daemon.path(".kpl011/format"))
    daemon.kill()
    # Nor where it is a link of whoever made it.
    os.rmdir(daemon.path(".kpl011/format.tmp"))
    os.symlink(daemon.path("elsewhere"), daemon.path(".kpl011/format.tmp"))
    port.say(b"three\n")
    daemon.start()
    daemon.wait_log("web1@4242.log", b"one\ntwo\nthree\n")
    assert daemon.said().count(why) == 2, daemon.said()
    assert not os.path.exists(daemon.path("elsewhere"))
    daemon.kill()
    os.unlink(daemon.path(".kpl011/format.tmp"))
    port.say(b"four\n")
    daemon.start()
    daemon.wait_log("web1@4242.log", b"one\ntwo\nthree\nfour\n")
    assert daemon.said().count(why) == 2, daemon.said()
    assert daemon.read(".kpl011/format") == b"2\n"
    assert os.listdir(daemon.path(".kpl011")).count("format.tmp") == 0
    assert [name for name in os.listdir(daemon.logs) if name.startswith("web1")] == ["web1@4242.log"]


@test
def daemon_gives_guests_without_a_name_no_file_each(bench):
    daemon = Daemon(bench).start()
    for number in range(1, 6):
        port = bench.port(number, "", b"%d" % number, attach_ns=number)
        daemon.wait_log("~1.log", b"".join(b"%d" % n for n in range(1, number + 1)))
        port.die()
    assert [name for name in os.listdir(daemon.logs) if name.endswith(".log")] == ["~1.log"]


@test
def daemon_writes_hostile_names_nowhere_else(bench):
    names = {"..": "%2E..log", ".kpl011": "%2Ekpl011.log", "a b%": "a%20b%25.log",
             "web1.clean": "web1%2Eclean.log", "web1@2": "web1%402.log", "~": "%7E.log",
             "\\x": "%5Cx.log", "\"q\"": "%22q%22.log",
             "%" * 63: "%25" * 63 + ".log", "web1.log.20260131T123456Z-000007":
             "web1.log.20260131T123456Z-000007.log", "$(id)": "%24%28id%29.log"}
    ports = [bench.port(number, name, name.encode(), attach_ns=number + 1)
             for number, name in enumerate(names)]
    daemon = Daemon(bench, "[defaults]\nrotate-size = 64k\n").start()
    for name, file in names.items():
        daemon.wait_log(file, name.encode())
    before = set(os.listdir(bench.dir))
    for port in ports:
        port.say(b"x" * 70000)
    for name, file in names.items():
        daemon.wait_log(file, name.encode() + b"x" * 70000)
    daemon.kill()
    for port in ports:
        port.say(b"y")
    daemon.start()
    for name, file in names.items():
        daemon.wait_log(file, name.encode() + b"x" * 70000 + b"y")
    assert set(os.listdir(bench.dir)) == before
