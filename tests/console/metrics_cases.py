# SPDX-License-Identifier: GPL-2.0-only
"""Tests of what the daemon tells of itself: its status, and metrics for Prometheus."""

import json
import os
import re
import resource
import signal
import subprocess
import sys

import asks
import proc
from daemon import Daemon, Disk
from played import wait_for
from unpacked import unpacked

TESTS = []
test = asks.decorator(TESTS)
EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/examples")
PANIC = b"Kernel panic - not syncing: x\n"

# What a name may have in it: the module takes printable ASCII, but '/'.
HOSTILE = 'a"},x="\\n{$(id)}\\'


SAMPLE = re.compile(r'(?P<name>[a-z0-9_]+)(?:\{(?P<labels>.*)\})? (?P<value>[0-9.]+)')
LABEL = re.compile(r'([a-z]+)="((?:[^"\\\n]|\\["\\n])*)"(,|$)')


def parse(text, textfile=False):
    """The samples by name: (labels, value). Fails unless it is OpenMetrics, or the older form."""
    lines = text.split("\n")
    assert lines[-2:] == ["# EOF", ""], lines[-3:]
    found, types, helped, current = {}, {}, set(), None
    for line in lines[:-2]:
        if line.startswith("# HELP "):
            name, _, what = line[7:].partition(" ")
            assert name not in helped and what.endswith("."), line
            helped.add(name)
        elif line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            assert name in helped and name not in types, line
            types[name] = kind
            current = name
            assert name.endswith("_total") == (kind == "counter" and textfile), line
        else:
            sample = SAMPLE.fullmatch(line)
            assert sample, line
            counted = types[current] == "counter" and not textfile
            assert sample["name"] == current + "_total" * counted, (line, current)
            labels, rest = {}, sample["labels"] or ""
            while rest:
                label = LABEL.match(rest)
                assert label and label[1] not in labels, line
                labels[label[1]] = re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), label[2])
                rest = rest[label.end():]
            key = tuple(sorted(labels.items()))
            assert key not in found.setdefault(sample["name"], {}), line
            found[sample["name"]][key] = float(sample["value"])
    return found


def value(samples, name, **labels):
    return samples[name][tuple(sorted(labels.items()))]


def metrics(bench, daemon, *args):
    result = bench.run("metrics", "--config", daemon.config, "--directory", daemon.logs, *args)
    assert result.returncode == 0, result
    return result.stdout.decode()


def counting(bench, more=""):
    """A daemon with two guests that have printed something, and its file of metrics."""
    path = os.path.join(bench.dir, "textfile", "kpl011.prom")
    os.mkdir(os.path.dirname(path))
    policy = f"[daemon]\nmetrics = {path}\n{more}budget = 1G\njournal-socket = /nonexistent\n" \
        "[defaults]\nlog = raw clean\nalert = panic oops\n"
    web = bench.port(1, "web1", b"x" * 100 + b"\n", attach_ns=11, uid=1000, interrupts=5,
                     tx_lost=3, flow_stall_ns=1500000000)
    bench.port(2, HOSTILE, b"y" * 10 + b"\n", attach_ns=12, uid=0, interrupts=2)
    daemon = Daemon(bench, policy).start()
    daemon.wait_log("web1@1000.log", b"x" * 100 + b"\n")
    wait_for("metrics", lambda: os.path.exists(path))
    return daemon, web, path


def renewed(daemon, path):
    """The file, written anew."""
    daemon.renew(path)
    with open(path, encoding="utf-8") as file:
        return file.read()


@test
def metrics_are_written_for_the_host_and_for_guests_if_asked(bench):
    daemon, web, path = counting(bench)
    host = parse(renewed(daemon, path), textfile=True)
    assert os.stat(path).st_mode & 0o777 == 0o644
    assert value(host, "kpl011_guests", state="live") == 2
    assert value(host, "kpl011_output_bytes_total") == 112
    assert value(host, "kpl011_interrupts_total") == 7
    assert value(host, "kpl011_lost_bytes_total") == 3
    assert value(host, "kpl011_reader_stall_seconds_total") == 1.5
    assert value(host, "kpl011_logged_bytes_total", log="raw") == 112
    assert value(host, "kpl011_log_budget_bytes") == 1 << 30
    assert value(host, "kpl011_alerts_total", alert="panic") == 0
    assert value(host, "kpl011_daemon_running") == 1
    assert not [name for name in host if "_guest_" in name]
    user = json.loads(bench.run("info", "--json", "1").stdout)["user"]
    web.say(PANIC * 3)
    daemon.wait_said("web1 (user ")
    with open(daemon.config, encoding="utf-8") as file:
        policy = file.read()
    daemon.reload(policy.replace("budget", "metrics-guests = yes\nbudget"))
    guests = parse(renewed(daemon, path), textfile=True)
    assert value(guests, "kpl011_alerts_total", alert="panic") == 1
    assert value(guests, "kpl011_alert_matches_total", alert="panic") == 3
    # Of a guest, too: a reload takes none away.
    assert value(guests, "kpl011_guest_alert_matches_total", alert="panic", guest="web1",
                 uid="1000", user=user, port="1") == 3
    matches = [dict(labels) for labels in guests["kpl011_guest_alert_matches_total"]]
    assert {labels["alert"] for labels in matches} == {"panic", "oops"}, matches
    mine = {"guest": HOSTILE, "uid": "0", "user": "root", "port": "2"}
    assert value(guests, "kpl011_guest_output_bytes_total", **mine) == 11
    assert value(guests, "kpl011_guest_logged_bytes_total", log="raw", **mine) == 11
    # The same by the command, which asks who tells, or without a daemon the ports.
    assert parse(metrics(bench, daemon)).keys() == host.keys()
    assert parse(metrics(bench, daemon, "--guests")).keys() == guests.keys()
    # Who is gone and forgotten is still counted.
    web.die()
    wait_for("its end", lambda: value(parse(renewed(daemon, path), True), "kpl011_guests",
                                      state="dead") == 1)
    total = value(parse(renewed(daemon, path), True), "kpl011_output_bytes_total")
    web.end()
    os.unlink(web.path)
    wait_for("that it is forgotten", lambda: value(parse(renewed(daemon, path), True),
                                                   "kpl011_guests", state="dead") == 0)
    assert value(parse(renewed(daemon, path), True), "kpl011_output_bytes_total") == total
    daemon.stop()
    with open(path, encoding="utf-8") as file:
        assert value(parse(file.read(), True), "kpl011_daemon_running") == 0
    alone = parse(metrics(bench, daemon, "--guests"))
    assert value(alone, "kpl011_guest_output_bytes_total", **mine) == 11
    assert "kpl011_alerts_total" not in alone


def told_anew(daemon):
    """What the daemon tells has been written again."""
    daemon.renew(os.path.join(daemon.logs, ".kpl011/status"))


def stand_still(daemon):
    """It runs, and tells nothing any more."""
    daemon.child.send_signal(signal.SIGSTOP)
    wait_for("its stop", lambda: proc.state(daemon.child.pid) == "T")


@test
def metrics_that_cannot_be_written_are_told_once(bench):
    path = os.path.join(bench.dir, "nowhere", "kpl011.prom")
    port = bench.port(1, "web1", b"x", attach_ns=11)
    daemon = Daemon(bench, f"[daemon]\nmetrics = {path}\n").start()
    daemon.wait_said(f"cannot write {path}: ")
    port.say(b"y")
    daemon.wait_log("web1.log", b"xy")
    told_anew(daemon)
    os.mkdir(os.path.dirname(path))
    daemon.reload(f"[daemon]\nmetrics = {path}\n")
    daemon.wait_said(f"{path} is written again")
    assert daemon.said().count("cannot write") == 1, daemon.said()
    # No link of another's is followed.
    os.unlink(path)
    os.symlink("/etc/passwd", path)
    daemon.reload(f"[daemon]\nmetrics = {path}\n")
    daemon.wait_said(f"cannot write {path}: ", 2)
    assert os.readlink(path) == "/etc/passwd"


@test
def daemon_tells_its_status(bench):
    daemon, web, path = counting(bench)
    web.say(PANIC)
    renewed(daemon, path)
    web.say(b"more")
    daemon.wait_log("web1@1000.log", b"x" * 100 + b"\n" + PANIC + b"more")
    where = ("--config", daemon.config, "--directory", daemon.logs)
    result = bench.run("daemon", "--status", "--json", *where)
    assert result.returncode == 0, result
    status = json.loads(result.stdout)
    assert status["running"] and status["pid"] == daemon.child.pid
    guest = next(guest for guest in status["guests"] if guest["name"] == "web1")
    raw, clean = guest["logs"]
    # As it is now, and not when that was written.
    assert raw["log"] == "raw" and raw["behind"] == 0 and raw["position"] == len(web.data)
    assert clean["behind"] == 4, clean
    text = bench.run("daemon", "--status", *where).stdout.decode()
    assert f"kpl011 daemon runs, process {daemon.child.pid}" in text, text
    assert re.search(r"^logs: \S+ on the disk of 1.0G, \d+ files of 100000, 2 guests", text, re.M), \
        text
    assert "removed: nothing" in text and "alert panic: seen 1, told 1" in text, text
    rows = [line.split() for line in text.splitlines()]
    assert ["1", "raw", "writing", "0", "0", "0", "web1@1000.log"] in \
        [row[2:] for row in rows if row[:1] == ["web1"]], text
    # What fails, and what was removed.
    result = bench.run("daemon", "--status", "--config", daemon.config, "--directory", bench.dir)
    assert result.returncode == 1 and b"no kpl011 daemon has written a report there" in result.stderr
    daemon.stop()
    text = bench.run("daemon", "--status", *where).stdout.decode()
    assert "kpl011 daemon does not run" in text, text
    for wrong in (["--json"], ["--check", "--status"]):
        assert bench.run("daemon", *wrong).returncode == 2
    with open(os.path.join(daemon.logs, ".kpl011/status"), "w", encoding="ascii") as file:
        file.write("{")
    result = bench.run("daemon", "--status", *where)
    assert result.returncode == 1 and b"is not a report of kpl011 daemon" in result.stderr


@test
def daemon_tells_what_was_removed_by_which_limit(bench):
    port = bench.port(1, "web1", b"x" * 300000, attach_ns=11)
    daemon = Daemon(bench, "[defaults]\nrotate-size = 64k\nkeep-files = 1\ncompress = no\n").start()
    port.say(b"x" * 300000)
    wait_for("removals", lambda: "removed web1.log" in daemon.said())
    daemon.stop()
    status = json.loads(bench.run("daemon", "--status", "--json", "--directory",
                                  daemon.logs, "--config", daemon.config).stdout)
    removed = {item["limit"]: item for item in status["logs"]["removed"]}
    # The first is told at once, and of the others how many they were.
    more = re.search(r"removed (?:(\d+) more logs|web1\.log\S+) \(\S+\), by the limits of its guest; "
                     r"the last|\Z", daemon.said())
    assert removed["guest"]["files"] == 1 + int(more[1] or 0), (removed, daemon.said())
    assert removed["guest"]["bytes"] > 65000 and removed["budget"]["files"] == 0
    for setting, limit in (("budget = 1M", "budget"), ("files = 10", "files")):
        before = len(daemon.said())
        daemon.write_policy(f"[daemon]\n{setting}\n[defaults]\nrotate-size = 64k\ncompress = no\n")
        daemon.start()
        port.say(b"x" * 2000000)
        wait_for("removals", lambda b=before: "removed web1.log" in daemon.said()[b:])
        daemon.stop()
        status = json.loads(bench.run("daemon", "--status", "--json", "--directory",
                                      daemon.logs, "--config", daemon.config).stdout)
        removed = {item["limit"]: item["files"] for item in status["logs"]["removed"]}
        said = daemon.said()[before:]
        gone = said.count("removed web1.log") + sum(map(int, re.findall(r"removed (\d+) more logs", said)))
        assert removed == {"budget": 0, "files": 0, "guests": 0, "guest": 0, limit: gone}, removed


@test
def daemon_tells_its_status_of_what_fails(bench):
    """Each by itself, and when it is over."""
    bench.port(1, "web1", b"one\n", attach_ns=11)
    bench.port(2, "web2", b"two\n", attach_ns=12)
    daemon = Daemon(bench, "[daemon]\njournal-socket = /nonexistent\nfiles = all\n[defaults]\n"
                           "alert = panic\n[guest web2]\nlog = journal\n")
    os.mkdir(daemon.logs)
    os.symlink("nowhere", daemon.path("web1.log"))
    daemon.start()
    daemon.wait_said("web1.log: there is something by this name that is not a regular file")
    daemon.wait_said("cannot send to the journal at")
    told_anew(daemon)
    where = ("--config", daemon.config, "--directory", daemon.logs)
    text = bench.run("daemon", "--status", *where).stdout.decode()
    assert re.search(r"^failing: the logs, in the place of a log there is something that is not "
                     r"a regular file; "
                     r"the journal, for 1 guest$", text, re.M), text
    assert re.search(r"^logs: \S+ on the disk of 4.0G, \d+ files, 0 guests of \d+$", text, re.M), text
    rows = [line.split() for line in text.splitlines()]
    assert ["web1", "root", "1", "raw", "failing", "4", "0", "1", "web1.log"] in rows, text
    assert ["web2", "root", "2", "journal", "failing", "4", "0", "1", "-"] in rows, text
    assert "alert panic" not in text, text
    samples = parse(metrics(bench, daemon, "--guests"))
    assert value(samples, "kpl011_log_failing") == 1 and \
        value(samples, "kpl011_journal_unsent") == 1, samples
    os.unlink(daemon.path("web1.log"))
    daemon.wait_said("web1.log can be written to again")
    told_anew(daemon)
    text = bench.run("daemon", "--status", *where).stdout.decode()
    assert re.search(r"^failing: the journal, for 1 guest$", text, re.M), text
    assert "writing" in text, text


@test
def daemon_tells_how_far_behind_a_log_is_that_cannot_be_written(bench):
    """What its ledger says before a write is not written yet."""
    port = bench.port(1, "web1", b"x" * 30000, attach_ns=11)
    daemon = Daemon(bench, "[defaults]\nlog = raw\n").start()
    daemon.wait_log("web1.log", b"x" * 30000)
    limit = resource.prlimit(daemon.child.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(daemon.child.pid, resource.RLIMIT_FSIZE, (30040, limit[1]))
    port.say(b"y" * 100)
    daemon.wait_said("log: File too large")
    told_anew(daemon)
    where = ("--config", daemon.config, "--directory", daemon.logs)
    guest, = json.loads(bench.run("daemon", "--status", "--json", *where).stdout)["guests"]
    log, = guest["logs"]
    assert guest["output"] == 30100, guest
    assert (log["state"], log["position"], log["behind"]) == ("failing", 30040, 60), log
    resource.prlimit(daemon.child.pid, resource.RLIMIT_FSIZE, limit)
    daemon.wait_log("web1.log", b"x" * 30000 + b"y" * 100)
    guest, = json.loads(bench.run("daemon", "--status", "--json", *where).stdout)["guests"]
    log, = guest["logs"]
    assert (log["position"], log["behind"]) == (30100, 0), log


@test
def daemon_tells_the_status_of_the_port_that_it_had(bench):
    """What was reported stays where a port or a ledger is another one; whatever it is called."""
    bench.port(1, "web1", b"one\nmore", attach_ns=11)
    daemon = Daemon(bench, "[defaults]\nlog = raw clean\n").start()
    wait_for("a line", lambda: daemon.read("web1.clean.log"))
    told_anew(daemon)
    stand_still(daemon)
    path = os.path.join(daemon.logs, ".kpl011/status")
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    guest, = report["guests"]
    raw, clean = guest["logs"]
    clean |= {"position": 0, "behind": 77}
    raw |= {"position": 1000, "behind": 5}
    evil = "x\x1b[2J\x07\x9b\r\n"
    other = {**guest, "name": evil, "user": evil, "attach_ns": 12, "output": 4711,
             "logs": [{**raw, "file": evil, "state": evil, "log": evil}]}
    report["guests"].append(other)
    report["directory"] = daemon.logs
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(report, file)
    os.rename(path + ".new", path)
    where = ("--config", daemon.config, "--directory", daemon.logs)
    status = json.loads(bench.run("daemon", "--status", "--json", *where).stdout)
    first, second = status["guests"]
    assert (first["logs"][1]["position"], first["logs"][1]["behind"]) == (4, 4), first
    assert (first["logs"][0]["position"], first["logs"][0]["behind"]) == (1000, 5), first
    assert second["output"] == 4711 and second["logs"][0]["behind"] == 5, second
    result = bench.run("daemon", "--status", *where)
    text = result.stdout.decode()
    assert not set(text) & set("\x1b\x07\x9b\r") and result.returncode == 0, text
    # JSON leaves a C1 control as it is, but not on a terminal.
    bench.terminal("daemon", "--status", "--json", *where).expect("u009[Bb]")
    result = bench.run("metrics", "--guests", *where)
    assert b"guest=\"x\xef\xbf\xbd[2J" in result.stdout and result.returncode == 0, result
    assert not set(result.stdout.decode()) & set("\x1b\x07\x9b\r"), result.stdout
    lines = [line for line in text.splitlines() if "clean" in line]
    # Of a guest's logs the first has its name.
    assert len(lines) == 1 and lines[0].startswith("  "), text
    # Nobody says of one that does not run where its logs are since.
    daemon.kill()
    status = json.loads(bench.run("daemon", "--status", "--json", *where).stdout)
    assert not status["running"] and status["guests"][0]["logs"][1]["behind"] == 77, status
    # Another user's report may be of any size.
    os.truncate(path, (256 << 20) + 1)
    result = bench.run("daemon", "--status", *where)
    assert b"File too large" in result.stderr and result.returncode == 1, result


def named(text):
    return set(re.findall(r"\bkpl011_[a-z_]+", text))


@test
def metrics_of_the_dashboard_and_the_rules_exist(bench):
    daemon, _, _ = counting(bench)
    there = set(parse(metrics(bench, daemon, "--guests")))
    with open(os.path.join(EXAMPLES, "kpl011-dashboard.json"), encoding="utf-8") as file:
        text = file.read()
    made = subprocess.run([sys.executable, os.path.join(EXAMPLES, "dashboard.py")], check=True,
                          stdout=subprocess.PIPE).stdout.decode()
    assert made == text, "kpl011-dashboard.json is not what dashboard.py makes"
    queries = [target["expr"] for panel in json.loads(text)["panels"]
               for target in panel.get("targets", [])]
    assert len(queries) > 10
    for query in queries:
        assert named(query) and named(query) <= there, (query, named(query) - there)
    with open(os.path.join(EXAMPLES, "kpl011.rules.yml"), encoding="utf-8") as file:
        rules = re.findall(r"expr: (.*)", file.read())
    for rule in rules:
        assert named(rule) and named(rule) <= there, (rule, named(rule) - there)


# Whatever a report has: the module takes less than that for a name, and it is no reason.
EXTREMES = ["\\", "\"", "\n", "a\\", "a\\n", 'x"} 1\n# EOF\nkpl011_guest_live{guest="y', "\r\nx", "\t",
            "\x7f\x01", "\u00e9\u202e\U0001f600", b"\xff\xc3(\xed\xa0\x80".decode(errors="replace"),
            "\\" * 255, "n" * 255, "\n" * 255, '"' * 255, "\U0001f600" * 63, "{}", ",", "# HELP", " "]

# What a label has of them: nothing that a terminal would act on.
SHOWN = [re.sub("[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", "\ufffd", name)
         for name in EXTREMES]

# Debian's parser of OpenMetrics, in a program of its own: it takes all, or fails.
PARSER = """
import json, sys
sys.path.insert(0, sys.argv[1])
from prometheus_client.openmetrics import parser as strict
from prometheus_client import parser as older
parse = older if sys.argv[2] == "textfile" else strict
families = list(parse.text_string_to_metric_families(sys.stdin.buffer.read().decode("utf-8")))
json.dump([[s.name, s.labels, s.value, f.type, f.documentation] for f in families
           for s in f.samples], sys.stdout)
"""


def parsed_by_prometheus(bench, text, form="openmetrics"):
    root = unpacked(bench, "python3-prometheus-client", "python3-decorator")
    result = subprocess.run([sys.executable, "-I", "-c", PARSER,
                             os.path.join(root, "usr/lib/python3/dist-packages"), form],
                            input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    assert not result.returncode, (result.stderr.decode()[-2000:], text[:2000])
    samples = json.loads(result.stdout)
    assert len({(name, *sorted(labels.items())) for name, labels, *_ in samples}) == len(samples)
    return samples


@test
def metrics_are_taken_by_prometheus_own_parser_whatever_guests_are_called(bench):
    daemon, web, _ = counting(bench)
    web.say(PANIC)
    daemon.wait_said("web1 (user ")
    # All that a daemon tells, with each name that there could be; it runs as long as that.
    daemon.reload("[daemon]\njournal-socket = /nonexistent\n[defaults]\nlog = raw\nalert = panic\n")
    stand_still(daemon)
    status = os.path.join(daemon.logs, ".kpl011/status")
    with open(status, encoding="utf-8") as file:
        report = json.load(file)
    guest = next(guest for guest in report["guests"] if guest["name"] == "web1")
    report["guests"] = [{**guest, "name": name, "user": name, "port": port,
                         "alerts": {"panic": port}}
                        for port, name in enumerate(EXTREMES, 1)]
    with open(status + ".new", "w", encoding="utf-8") as file:
        json.dump(report, file)
    os.rename(status + ".new", status)
    for words, form in (((), "openmetrics"), (("--textfile",), "textfile")):
        result = bench.run("metrics", "--config", daemon.config, "--directory", daemon.logs,
                           "--guests", *words)
        assert result.returncode == 0 and not result.stderr, result
        samples = parsed_by_prometheus(bench, result.stdout, form)
        for family in ("kpl011_guest_live", "kpl011_guest_output_bytes_total",
                       "kpl011_guest_logged_bytes_total", "kpl011_guest_log_failing",
                       "kpl011_guest_alert_matches_total"):
            got = {int(labels["port"]): labels for name, labels, *_ in samples if name == family}
            assert [got[port]["guest"] for port in sorted(got)] == SHOWN, (family, got)
            assert [got[port]["user"] for port in sorted(got)] == SHOWN, (family, got)
        assert {(labels["port"], count) for name, labels, count, *_ in samples
                if name == "kpl011_guest_alert_matches_total"} == \
            {(str(port), float(port)) for port in range(1, len(EXTREMES) + 1)}
        kinds = {name: kind for name, _, _, kind, _ in samples}
        assert kinds["kpl011_guest_output_bytes_total"] == "counter", kinds
        assert kinds["kpl011_guest_live"] == "gauge" and kinds["kpl011_log_files"] == "gauge"
        assert all(text.endswith(".") for *_, text in samples)


@test
def metrics_of_ports_alone_are_taken_by_prometheus_own_parser(bench):
    """Names that are no UTF-8 included, of guests that no daemon looks at."""
    names = [HOSTILE, "x" * 63, '"' * 63, "\\" * 63, "a b", "{}"]
    for number, name in enumerate(names, 1):
        bench.port(number, name, b"x" * number, attach_ns=number)
    for number, name in enumerate((b"\xff\xfe", b"caf\xe9", b"\xe2\x82"), 100):
        bench.port(number, name.decode(errors="surrogateescape"), b"", attach_ns=number)
    result = bench.run("metrics", "--guests", "--directory", bench.dir)
    assert result.returncode == 0, result
    samples = parsed_by_prometheus(bench, result.stdout)
    got = {int(labels["port"]): labels["guest"] for name, labels, *_ in samples
           if name == "kpl011_guest_output_bytes_total"}
    assert got == {**dict(enumerate(names, 1)), 100: "\ufffd\ufffd", 101: "caf\ufffd",
                   102: "\ufffd\ufffd"}, got


@test
def counts_of_alerts_go_on_over_restarts_of_the_daemon(bench):
    daemon, web, path = counting(bench)
    with open(daemon.config, encoding="utf-8") as file:
        policy = file.read()
    daemon.reload(policy + "[alert panic]\ncommand = /bin/false\n" + "user = root\n" * (not os.geteuid()))
    web.say(PANIC * 3)

    def counts():
        samples = parse(renewed(daemon, path), textfile=True)
        return [int(value(samples, name, **labels)) for name, labels in (
            ("kpl011_alerts_total", {"alert": "panic"}), ("kpl011_alert_matches_total", {"alert": "panic"}),
            ("kpl011_alert_commands_total", {}), ("kpl011_alert_command_failures_total", {}))]
    wait_for("its command", lambda: counts() == [1, 3, 1, 1])
    daemon.stop()
    daemon.start()
    assert (after := counts()) == [1, 3, 1, 1], after
    # One that is killed, too: what it could not tell is told, and counted, again.
    bench.port(3, "web3", PANIC, attach_ns=13, uid=1000)
    wait_for("another", lambda: counts()[:2] == [2, 4])
    daemon.kill()
    daemon.start()
    after = counts()
    assert after[0] >= 2 and after[1] >= 4, after
    # An alert that the policy has no more is not told of, and another one begins.
    daemon.stop()
    daemon.write_policy(policy.replace("panic oops", "other") + "[alert other]\npattern = xyzzy\n")
    daemon.start()
    samples = parse(renewed(daemon, path), textfile=True)
    assert value(samples, "kpl011_alerts_total", alert="other") == 0
    # What is there is no such file: they begin anew.
    daemon.stop()
    for text in ("", "{", "[]", '{"format": "kpl011-counts", "alerts": {"other": {"told": -1, "seen": "x"}}}'):
        with open(daemon.path(".kpl011/counts"), "w", encoding="ascii") as file:
            file.write(text)
        daemon.start()
        samples = parse(renewed(daemon, path), textfile=True)
        assert value(samples, "kpl011_alerts_total", alert="other") == 0
        daemon.stop()


def counted(daemon):
    """What is kept of panics, whatever was told."""
    text = daemon.read(".kpl011/counts")
    count = json.loads(text)["alerts"].get("panic", {}) if text else {}
    return count.get("told", 0), count.get("seen", 0)


@test
def counts_of_alerts_are_kept_before_the_position_is(bench):
    """A kill comes long before the next report, which alone would have told them."""
    port = bench.port(1, "web1", attach_ns=11)
    daemon = Daemon(bench, "[daemon]\njournal-socket = /nonexistent\n[defaults]\nlog = none\n"
                           "alert = panic\n[alerts]\nafter = none\n").start()
    wait_for("the first report", lambda: daemon.read(".kpl011/status"))
    for number in range(1, 4):
        port.say(PANIC)
        wait_for("that it is looked at", lambda: b'"to"' in (text := daemon.read(".kpl011/1-11.alert")) and
                 json.loads(text)["to"][1] == len(port.data))
        daemon.kill()
        assert counted(daemon) == (number, number), daemon.read(".kpl011/counts")
        daemon.start()


@test
def counts_of_alerts_go_on_when_the_directory_can_be_opened(bench):
    """They are not told, nor written over, before it is known what they were."""
    path = os.path.join(bench.dir, "kpl011.prom")
    disk = Disk(bench, f"[daemon]\nmetrics = {path}\njournal-socket = /nonexistent\n[defaults]\nlog = none\n"
                       "alert = panic\n[alerts]\nafter = none\n")
    disk.port.say(PANIC)
    wait_for("that it is counted", lambda: counted(disk.daemon) == (1, 1))
    disk.daemon.stop()
    disk.mount("-o", "remount,ro")
    disk.daemon.start()
    disk.daemon.wait_said("Read-only file system")
    samples = parse(renewed(disk.daemon, path), textfile=True)
    assert "kpl011_alerts_total" not in samples and "kpl011_alert_commands_total" not in samples
    disk.mount("-o", "remount,rw")
    wait_for("the directory", lambda: "kpl011_alerts_total" in (
        samples.clear() or samples.update(parse(renewed(disk.daemon, path), textfile=True)) or samples))
    assert value(samples, "kpl011_alerts_total", alert="panic") == 1
    assert counted(disk.daemon) == (1, 1)
    bench.port(2, "web2", PANIC, attach_ns=12)
    wait_for("another", lambda: counted(disk.daemon) == (2, 2))
    disk.daemon.stop()


@test
def that_counts_of_alerts_cannot_be_kept_is_told(bench):
    daemon, web, path = counting(bench)
    os.unlink(daemon.path(".kpl011/counts"))
    os.symlink("nowhere", daemon.path(".kpl011/counts"))
    web.say(PANIC)
    daemon.wait_said(".kpl011/counts: it is a symbolic link")
    samples = parse(renewed(daemon, path), textfile=True)
    renewed(daemon, path)
    assert daemon.said().count(".kpl011/counts") == 1, daemon.said()
    failing = {item["what"]: item["why"] for item in json.loads(bench.run(
        "daemon", "--status", "--json", "--config", daemon.config, "--directory",
        daemon.logs).stdout)["failures"]}
    assert failing[daemon.path(".kpl011/counts")].startswith("it is a symbolic link"), failing
    before = value(samples, "kpl011_failures")
    os.unlink(daemon.path(".kpl011/counts"))
    samples = parse(renewed(daemon, path), textfile=True)
    daemon.wait_said(".kpl011/counts is written again")
    assert value(samples, "kpl011_failures") == before - 1, samples
    assert counted(daemon)[1] == 1
    daemon.stop()
