# SPDX-License-Identifier: GPL-2.0-only
"""What holds for every command: its help, usage and manual, and what it says of guests that it cannot have."""

import glob
import json
import os
import re
import subprocess

import asks
from bench import expect_in, expect_status
from completion_cases import CONSOLE, option_tables
from daemon import Daemon
from vms import NOBODY, need_other_user

TESTS = []
test = asks.decorator(TESTS)

COMMANDS = ["attach", "console", "daemon", "detach", "doctor", "expect", "info", "list", "log",
            "metrics", "play", "pty", "reap", "record", "reset", "run", "screen", "send", "serve", "state",
            "top", "trace", "watch"]

# Each command that is about guests, as a whole line for one; G is the guest.
OF_GUESTS = (["console", "G"], ["detach", "G"], ["expect", "G", "x"], ["info", "G"], ["list", "G"],
             ["log", "G"], ["pty", "G"], ["reap", "G"], ["record", "G"], ["reset", "G"],
             ["send", "G", "x"], ["state", "save", "G"], ["state", "restore", "G", "/dev/null"],
             ["top", "-n", "1", "G"], ["trace", "G"])

# They only look, and a word may mean several.
LOOKING = {"info", "list", "top"}

# What is in the manual once for several commands.
ELSEWHERE = {"run": {"gpa", "intid", "ring", "name", "strict", "page"}}


def help_of(bench, *words):
    result = bench.run(*words, "--help")
    assert result.returncode == 0 and not result.stderr, (words, result)
    return result.stdout.decode()


def commands(bench):
    """As the help lists them."""
    listed = help_of(bench).split("\nCommands:\n")[1].split("\n\n")[0]
    return re.findall(r"^  (\w+) +\S", listed, re.M)


def with_guest(args, guest):
    return [guest if word == "G" else word for word in args]


def manual():
    """Of the manual the synopsis and the section of each command; the daemon has a page."""
    with open(f"{CONSOLE}/kpl011.1", encoding="ascii") as file:
        text = file.read()
    synopsis = re.search(r"^\.Sh SYNOPSIS\n(.*?)^\.Sh", text, re.M | re.S)[1]
    lines = {match[1]: match[0] for match in
             re.finditer(r"^\.(?:Op )?Cm (\w+)\n(?:\..*\n)*?(?=\.Nm|\Z)", synopsis, re.M)}
    sections = dict(re.findall(r"^\.Ss (\w+)\n(.*?)(?=^\.S[sh])", text, re.M | re.S))
    with open(f"{CONSOLE}/kpl011-daemon.8", encoding="ascii") as file:
        sections["daemon"] += file.read()
    return lines, sections


@test
def every_command_is_in_the_help_and_the_manual(bench):
    names = {name for name, _ in option_tables()}
    assert set(commands(bench)) == names == set(COMMANDS), names ^ set(COMMANDS)
    lines, sections = manual()
    assert set(lines) == names, set(lines) ^ names
    assert names <= set(sections), names - set(sections)


@test
def every_option_is_in_the_usage_the_help_and_the_manual(bench):
    lines, sections = manual()
    for command, options in option_tables():
        usage, text = help_of(bench, command).split("\n", 1)
        text = text.split("\nExit status:")[0]
        listed = {short: name for short, name in re.findall(r"^ +(-\w), --([a-z-]+)", text, re.M)}
        for name in set(options) - {"help"}:
            short = next((short for short, known in listed.items() if known == name), None)
            assert re.search(rf"^ .*--{name}\b", text, re.M), f"{command} --help lacks --{name}"
            assert f"--{name}" in usage or short and f"[{short}" in usage or "[OPTIONS]" in usage, \
                f"the usage of {command} lacks --{name}: {usage}"
            flags = rf"Fl (-{name}|{short[1]})\b" if short else rf"Fl -{name}\b"
            assert re.search(flags, lines[command]) or re.search(rf"\| -{name}\b", lines[command]), \
                f"the manual's synopsis of {command} lacks --{name}"
            if name not in ELSEWHERE.get(command, ()):
                assert re.search(rf"^\.It .*Fl -{name}\b", sections[command], re.M), \
                    f"the manual's section {command} lacks --{name}"


@test
def every_command_refuses_an_option_that_it_does_not_have(bench):
    for command in commands(bench):
        for words in (["--frobnicate"], ["--frobnicate", "web1"], ["-%"]):
            result = bench.run(command, *words)
            assert result.returncode == 2 and not result.stdout, (command, result)
            said = result.stderr.decode()
            assert words[0].strip("-") in said.split("\n")[0], (command, said)
            assert f"usage: kpl011 {command}" in said, (command, said)
            assert f"kpl011 {command} --help" in said, (command, said)


def expect_said(bench, status, text):
    for args in OF_GUESTS:
        for guest in text:
            result = bench.run(*with_guest(args, guest))
            assert result.returncode == status and not result.stdout, (args, guest, result)
            assert text[guest] in result.stderr.decode(), (args, guest, result)


@test
def every_command_about_guests_is_tried_here(bench):
    usages = {command: help_of(bench, command).split("\n")[0] for command in commands(bench)}
    assert {command for command, usage in usages.items() if "GUEST" in usage} == \
        {args[0] for args in OF_GUESTS}


@test
def every_command_says_that_there_is_no_such_guest(bench):
    bench.port(1, "web1")
    expect_said(bench, 3, {"nobody": "no guest is called 'nobody'", "web": "1    web1",
                           "x*": "no guest is called 'x*'", "7": "there is no port 7",
                           "pid:7": "no guest's VM belongs to process 7",
                           "name:1": "no guest is called '1'"})
    expect_said(bench, 2, {"": "'' is not a guest", "pid:x": "'pid:x' is not a guest"})


@test
def every_command_says_that_a_guest_is_of_another_user(bench):
    bench.port(1, "web1")
    other = bench.port(2, "secret")
    other.errno = 13
    expect_said(bench, 6, {"2": "port 2 belongs to user"})
    expect_said(bench, 3, {"secret": "1 more port belongs to other users; root sees all"})
    assert not other.asked and not other.received and not other.reaped


@test
def every_command_says_that_it_is_not_permitted(bench):
    need_other_user(bench)
    bench.port(1, "web1")
    os.chmod(bench.dir, 0o711)
    for args in OF_GUESTS:
        result = bench.run(*with_guest(args, "web1"), **NOBODY)
        assert result.returncode == 6 and not result.stdout, (args, result)
        assert f"cannot read {bench.dir}: Permission denied" in result.stderr.decode(), result
    # Of the real program, which opens it.
    bench.program = os.path.join(bench.build, "kpl011")
    with open(f"{bench.dir}/control", "xb"):
        pass
    os.chmod(f"{bench.dir}/control", 0o600)
    started = f"{bench.dir}/started"
    for args in (["attach", str(os.getpid())], ["attach", "--take-over", str(os.getpid())],
                 ["run", "--", "touch", started], ["watch"], ["watch", "--once"]):
        result = bench.run(*args, **NOBODY)
        assert result.returncode == 6 and not result.stdout, (args, result)
        said = result.stderr.decode()
        assert f"cannot open {bench.dir}/control: Permission denied" in said, (args, result)
        assert f"ls -l {bench.dir}/control" in said, (args, result)
    assert not os.path.exists(started)


@test
def every_command_that_needs_a_guest_that_lives_says_that_it_is_gone(bench):
    bench.port(1, "web1", b"last words\n", live=0)
    gone = {"detach", "expect", "pty", "reset", "send", "trace"}
    for args in OF_GUESTS:
        result = bench.run(*with_guest(args, "web1"), timeout=60)
        if args[0] in gone:
            assert result.returncode == 7 and not result.stdout, (args, result)
            assert re.search(r"the VM of web1.* is gone|web1 \(port 1\): its VM is gone",
                             result.stderr.decode()), (args, result)
        elif args[0] in ("console", "log", "record"):
            assert b"last words" in result.stdout, (args, result)


@test
def every_command_that_changes_a_guest_means_one(bench):
    names = {1: "web1", 2: "web2", 8: "twin", 9: "twin"}
    ports = [bench.port(number, name) for number, name in names.items()]
    for args in OF_GUESTS:
        for word, numbers in (("web*", (1, 2)), ("twin", (8, 9))):
            result = bench.run(*with_guest(args, word))
            if args[0] in LOOKING:
                said = result.stdout.decode()
                assert result.returncode == 0 and not result.stderr, (args, result)
            else:
                said = result.stderr.decode()
                assert result.returncode == 4 and not result.stdout, (args, result)
                assert f"'{word}' stands for 2 guests; give the number of one:\n" in said, said
            for number in numbers:
                assert re.search(rf"\b{number}\b.*\b{names[number]}\b|^{names[number]}: .*/{number},",
                                 said, re.M), (args, word, said)
    assert not any(port.asked or port.received or port.reaped for port in ports)


# What makes a command line whole, and ends at once where there is no module.
REST = {"attach": ["4000000"], "daemon": ["--check"], "expect": ["web1", "x"],
        "metrics": [], "play": ["/nonexistent"], "run": ["--", "true"], "send": ["web1", "x"],
        "state": ["save", "web1"], "screen": [], "serve": [], "doctor": [], "watch": []}

# Texts may be empty.
EMPTY = {("expect", "send"), ("expect", "cursor"), ("watch", "name")}


def refused(result, args):
    """That it says what was wrong, on lines that drive no terminal."""
    said = result.stderr.decode()
    assert result.returncode in (1, 2, 3, 5, 6), (args, result)
    assert said.startswith("kpl011: ") and not result.stdout, (args, result)
    assert all(c == "\n" or " " <= c <= "~" for c in said), (args, said)
    for useless in ("Inappropriate ioctl", "Success", "(null)"):
        assert useless not in said, (args, said)
    return said


@test
def every_option_says_what_is_wrong_with_its_argument(bench):
    bench.env["KPL011_DEV_DIR"] = os.path.join(bench.dir, "none")
    tried = 0
    for command, options in option_tables():
        rest = REST.get(command, ["web1"])
        for name, takes in options.items():
            option = f"--{name}"
            if (command, name) in (("send", "file"), ("send", "sysrq")):
                rest = ["web1"]
            elif command == "send":
                rest = REST["send"]
            if takes == "no":
                said = refused(bench.run(command, f"{option}=x", cwd=bench.dir), option)
                assert option in said.split("\n")[0], (command, option, said)
                continue
            if takes == "required":
                result = bench.run(command, option, cwd=bench.dir)
                said = refused(result, (command, option))
                assert result.returncode == 2 and option in said, (command, option, said)
            for value in ("", "0", "-1", "9" * 25, "x", "\033[2J\n", "x" * 5000):
                args = [command, *([f"{option}={value}"] if takes == "optional" else
                                   [option, value]), *rest]
                result = bench.run(*args, cwd=bench.dir)
                if command == "daemon" and not result.returncode:
                    continue        # any name is one of a directory
                said = refused(result, args)
                tried += 1
                first = said.split("\n")[0]
                if not value and (command, name) not in EMPTY:
                    assert result.returncode == 2, (args, result)
                if result.returncode == 2 and command != "screen":
                    assert option in first or re.search(r" -\w( |:)", first), (args, said)
                    assert f"usage: kpl011 {command}" in said, (args, said)
    assert tried > 150, tried


@test
def every_limit_of_time_tells_that_zero_is_none(bench):
    for args in (["send", "--timeout", "0", "web1", "x"], ["play", "--idle-limit", "0.0", "x"],
                 ["run", "--timeout", "0", "--", "true"], ["top", "-d", "0"],
                 ["expect", "--timeout", "0", "web1", "x"]):
        result = bench.run(*args)
        assert result.returncode == 2 and b"not a number of seconds above 0" in result.stderr, result
    result = bench.run("expect", "--script", "-", "web1", input=b"timeout 0\nexpect x\n")
    assert result.returncode == 2 and b"input:1: timeout 0: not a number of seconds above 0" in \
        result.stderr, result


@test
def what_stands_where_the_command_should_be_is_told(bench):
    far = ["--host", "nobody.invalid"]
    for args, text in ((["--find"], "It goes with a command: kpl011 screen --find"),
                       (["--take-over=linux"], "It goes with a command: kpl011 attach --take-over"),
                       (["-x"], "-x: no command is given"),
                       ([*far], "--host nobody.invalid: no command is given, and the full screen "
                                "needs a terminal"),
                       ([*far], "kpl011 --host nobody.invalid list"),
                       (["help", "nosuch"], "'nosuch' is not a command, and has no help")):
        result = bench.run(*args)
        assert result.returncode == 2 and not result.stdout, (args, result)
        assert text in result.stderr.decode(), (args, result)
    result = bench.run("help", "log")
    assert not result.returncode and result.stdout == bench.run("log", "--help").stdout


@test
def sources_that_are_not_there_come_with_advice(bench):
    path = os.path.join(bench.dir, "x")
    for source, text in ((f"unix:{path}", "a VMM creates it when it starts"),
                         (f"pipe:{path}", "mkfifo PATH.in PATH.out"),
                         (f"pty:{path}", "There is no such terminal"),
                         (f"file:{path}", "There is no such file"),
                         ("tcp:127.0.0.1:1", "is the port right")):
        result = bench.run("log", source)
        assert result.returncode == 3, result
        assert text in result.stderr.decode(), result


@test
def a_directory_that_cannot_be_made_is_told(bench):
    bench.env["KPL011_DEV_DIR"] = bench.dir
    for path, text in (("/proc/x", "give --directory one on a disk"),
                       ("/nonexistent/x", "mkdir -p /nonexistent/x"),
                       ("/etc/passwd", "is not a directory")):
        result = bench.run("daemon", "--directory", path, timeout=60)
        assert result.returncode == 1 and text in result.stderr.decode(), (path, result)


@test
def a_terminal_without_a_cursor_is_told(bench):
    bench.env["TERM"] = "dumb"
    child = bench.terminal("screen")
    child.expect_exact("cannot show the screen on this terminal: TERM is 'dumb'")
    child.expect_exact("TERM=xterm-256color kpl011")
    child.expect_exact("kpl011 console, list, log and send")
    child.wait()
    assert child.exitstatus == 1


@test
def every_json_is_json(bench):
    bench.port(1, "web1", b"a line\n")
    daemon = Daemon(bench).start()
    daemon.wait_log("web1.log", b"a line\n")
    lines = {"daemon": ["--status", "--config", daemon.config, "--directory", daemon.logs],
             "doctor": [], "expect": ["--from", "start", "web1", "line"], "info": ["web1"],
             "list": [], "top": ["-n", "1"]}
    assert {command for command, options in option_tables() if "json" in options} == set(lines)
    for command, words in lines.items():
        result = bench.run(command, "--json", *words)
        assert json.loads(result.stdout), (command, result)
        if command == "doctor":     # not all is well on every machine
            continue
        assert result.returncode == 0 and not result.stderr, (command, result)
        # A disk that is full is told.
        with open("/dev/full", "wb") as full:
            result = bench.run(command, "--json", *words, stdout=full)
        assert result.returncode == 1, (command, result)
        assert b"cannot write" in result.stderr, (command, result)


@test
def every_setting_of_a_guest_is_in_the_manual_and_the_example(bench):
    bench.port(1, "web1")
    with open(f"{bench.dir}/policy", "w", encoding="ascii") as file:
        file.write("[daemon]\n")
    result = bench.run("daemon", "--check", "--config", file.name)
    told = result.stdout.decode().splitlines()[-1].strip()
    settings = [re.match(r"[a-z-]+", part)[0] for part in told.split(", ")]
    assert len(settings) >= 15 and "page" in settings, told
    with open(f"{CONSOLE}/kpl011.conf.5", encoding="ascii") as file:
        described = file.read()
    with open(f"{CONSOLE}/../docs/examples/kpl011.conf", encoding="ascii") as file:
        example = file.read()
    for name in settings:
        assert re.search(rf"^\.It Ic (.* , Ic )?{name} No =", described, re.M), name
        assert re.search(rf"^{name} = ", example, re.M), name


@test
def every_command_line_of_the_documents_has_options_that_there_are(_bench):
    tables = dict(option_tables())
    folder = f"{CONSOLE}/.."
    seen = set()
    for path in [f"{folder}/README.md", *glob.glob(f"{folder}/docs/*.md"),
                 *glob.glob(f"{CONSOLE}/kpl011*.[158]"), f"{CONSOLE}/systemd/kpl011.service"]:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for command, words in re.findall(
                r"\bkpl011 (?:--(?:host|ssh)[ =]\S+ )*([a-z]+)\b([^`|#'\n]*)", text):
            if command not in tables:
                continue        # prose
            used = set(re.findall(r"(?<=\s)--([a-z][a-z-]*)", words.split(" -- ")[0]))
            assert used <= set(tables[command]), (path, command, used - set(tables[command]))
            seen.add(command)
    assert len(seen) > 15, seen


# The program without ports.

@test
def every_command_has_help(bench):
    for command in COMMANDS:
        for option in ("--help", "-h"):
            result = bench.run(command, option)
            expect_status(result, 0)
            expect_in(f"Usage: kpl011 {command} ", result.stdout)
            expect_in("Exit status:", result.stdout)
            assert not result.stderr
    result = bench.run("--help")
    expect_status(result, 0)
    for command in COMMANDS:
        expect_in(f"\n  {command} ", result.stdout)
    assert bench.run().stdout == result.stdout


@test
def the_version_is_told(bench):
    result = bench.run("--version")
    expect_status(result, 0)
    assert re.fullmatch(rb"kpl011 \S+\n", result.stdout)


@test
def exit_codes_are_the_same_in_help_and_manual(bench):
    help_text = bench.run("--help").stdout.decode()
    rows = re.findall(r"^  (\d+) +(.*)$", help_text, re.M)
    assert [int(number) for number, _ in rows] == list(range(13)), rows
    with open(f"{CONSOLE}/kpl011.1", encoding="ascii") as file:
        manual = file.read()
    for number, text in rows:
        entry = re.search(rf"^\.It Li {number}\n(.*)$", manual, re.M)
        assert entry and entry[1].rstrip(".").lower() == text.lower(), (number, text, entry)


@test
def wrong_usage_is_2_and_says_where_the_help_is(bench):
    bench.port(1, "web1")
    wrong = [
        ["frobnicate"], ["--frobnicate"],
        ["attach"], ["attach", "1", "2"], ["attach", "--frobnicate", "1"], ["attach", "0"],
        ["attach", "99999999999"], ["attach", "--strict"], ["attach", "--strict=1", "1"],
        ["attach", "--gpa", "0x9000001", "1"], ["attach", "--gpa", "x", "1"],
        ["attach", "--gpa", "-4096", "1"], ["attach", "--intid", "31", "1"],
        ["attach", "--intid", "1020", "1"], ["attach", "--intid", "", "1"],
        ["attach", "--ring", "1000", "1"], ["attach", "--ring", "2k", "1"],
        ["attach", "--ring", "32M", "1"], ["attach", "--ring", "12k", "1"],
        ["attach", "--name", "a/b", "1"], ["attach", "--name", "", "1"],
        ["attach", "--name", "x" * 64, "1"], ["attach", "--name", "a\nb", "1"],
        ["list", "--xml"],
        ["console"], ["console", "a", "b"], ["console", "-e", "^^^", "web1"],
        ["console", "-n", "many", "web1"], ["console", "-n", "1", "--no-history", "web1"],
        ["console", "pid:x"],
        ["log"], ["log", "-n", "-1", "web1"], ["log", "--from", "1", "web1", "web2"],
        ["log", "--since", "then", "web1"], ["log", "--until", "25:00", "web1"],
        ["log", "-f", "--until", "now", "web1"], ["log", "--timestamps=utc", "web1"],
        ["log", "--clean", "--hex", "web1"], ["log", "--from", "1", "--since", "now", "web1"],
        ["log", *["web1"] * 65],
        ["log", "-n", "1", "--from", "1", "web1"], ["log", "--from", "x", "web1"],
        ["send"], ["send", "web1"], ["send", "web1", "--file", "x", "text"],
        ["send", "--break", "--sysrq", "b", "web1"], ["send", "--sysrq", "bb", "web1"],
        ["send", "--sysrq", "", "web1"], ["send", "--break", "web1", "text"],
        ["send", "--break", "--enter", "web1"], ["send", "--timeout", "0", "web1", "x"],
        ["send", "--escapes", "web1", "\\q"], ["send", "--escapes", "web1", "-"],
        ["send", "--", "web1"], ["send", "--frobnicate", "web1", "x"], ["send", "-x", "web1", "x"],
        ["send", "--all-matching", "web*", "-"], ["send", "--all-matching", "w", "--file", "x"],
        ["attach", "--take-over"], ["attach", "--take-over=", "1"],
        ["attach", "--take-over=qmp:", "1"], ["attach", "--take-over=windows", "1"],
        ["detach"], ["detach", "--qmp", "/q", "a", "b"], ["detach", "--qmp"],
        ["detach", "--qmp", "/q", "--all-matching", "a"], ["detach", "--qmp", "", "web1"],
        ["doctor", "web1"], ["doctor", "--xml"],
        ["expect"], ["expect", "web1"], ["expect", "web1", ""], ["expect", "web1", "("],
        ["expect", "web1", "x", "a{2,1}"], ["expect", "web1", "x" * 1025],
        ["expect", "web1", *["x"] * 65], ["expect", "--timeout", "0", "web1", "x"],
        ["expect", "--from", "then", "web1", "x"], ["expect", "--from", "-1", "web1", "x"],
        ["expect", "--from", "now", "--cursor", "c", "web1", "x"], ["expect", "--frobnicate"],
        ["info"], ["info", "--xml", "web1"],
        ["record"], ["record", "a", "b", "c"], ["record", "--size", "80", "web1"],
        ["record", "--size", "0x24", "web1"], ["record", "--size", "80x24x", "web1"],
        ["record", "--size", "-1x24", "web1"], ["record", "--size", "80x-5", "web1"],
        ["record", "--size", " +80x 24", "web1"], ["record", "--size", "", "web1"],
        ["play"], ["play", "a", "b", "c"], ["play", "--speed", "0", "a"],
        ["play", "--idle-limit", "x", "a"],
        ["pty"], ["pty", "a", "b"], ["pty", "--link"], ["pty", "--frobnicate", "web1"],
        ["reset"], ["reset", "--hard", "web1"],
        ["state"], ["state", "save"], ["state", "keep", "web1"], ["state", "save", "a", "b", "c"],
        ["trace"], ["trace", "--events", "lines", "web1"], ["trace", "--events", "", "web1"],
        ["trace", "--register", "XR", "web1"], ["trace", "--register", "0x1000", "web1"],
        ["trace", "-n", "0", "web1"], ["trace", "-n", "x", "web1"],
        ["trace", "--buffer", "1k", "web1"], ["trace", "--buffer", "1x", "web1"],
        ["trace", "web1", "1"], ["trace", "--frobnicate", "web1"],
        ["top", "-n", "0"], ["top", "-n", "x"], ["top", "-d", "0"], ["top", "-d", "90000"],
        ["top", "--sort", "size"], ["top", "--xml"],
        ["watch", "web1"], ["watch", "--once", "--new-only"], ["watch", "--frobnicate"],
        ["run"], ["run", "--"], ["run", "--gpa", "1", "--", "qemu"], ["run", "--frobnicate"],
        ["run", "-e", "^A", "--", "true"], ["run", "--timeout", "0", "--", "true"],
        ["run", "--timeout", "90000", "--", "true"], ["run", "--", "true", "-daemonize"],
        ["run", "--", "true", "--preconfig"],
        ["screen", "web1"], ["screen", "--frobnicate"], ["screen"], ["screen", "unix:"],
        ["screen", "a/b=unix:/x"], ["screen", "=unix:/x"], ["screen", "unix:" + "x" * 108],
        ["reap"], ["reap", "--all", "web1"], ["reap", "--all", "--all-matching"],
    ]
    for args in wrong:
        result = bench.run(*args)
        assert result.returncode == 2, (args, result.returncode, result.stderr)
        assert not result.stdout, args
        expect_in("kpl011", result.stderr)
        if args[0] in COMMANDS and args[-1] != "pid:x":
            expect_in(f"kpl011 {args[0]} --help", result.stderr)


@test
def without_the_module_every_command_says_so(bench):
    bench.env["KPL011_DEV_DIR"] = os.path.join(bench.dir, "none")
    pid = str(os.getpid())
    lines = (["list"], ["list", "--json"], ["console", "web1"], ["log", "1"],
             ["send", "web1", "x"], ["watch"], ["watch", "--once"], ["reap", "--all"],
             ["attach", pid], ["attach", "--take-over", pid], ["detach", "web1"],
             ["trace", "web1"], ["info", "web1"], ["expect", "web1", "x"], ["record", "web1"],
             ["pty", "web1"], ["reset", "web1"], ["state", "save", "web1"],
             ["top"], ["top", "--json", "web1"], ["metrics", "--directory", bench.dir],
             ["run", "--", "touch", os.path.join(bench.dir, "started")],
             ["state", "restore", "web1", "/dev/null"])
    # These have tests of their own: they wait for it, tell of it, or need none.
    without = {"daemon", "doctor", "play", "screen", "serve"}
    assert {args[0] for args in lines} == set(COMMANDS) - without
    for args in lines:
        for program in (bench.program, os.path.join(bench.build, "kpl011")):
            bench.program = program
            result = bench.run(*args)
            assert result.returncode == 5, (args, result.returncode, result.stderr)
            expect_in("the kernel module kpl011 is not loaded", result.stderr)
            assert b"modprobe kpl011" in result.stderr or b"/dev/kvm" in result.stderr
            assert not result.stdout, args
    assert not os.listdir(bench.dir)


@test
def the_real_program_lists_an_empty_directory(bench):
    bench.program = os.path.join(bench.build, "kpl011")
    result = bench.run("list")
    expect_status(result, 0)
    assert result.stdout.split() == b"ID NAME STATE PID USER UPTIME SENT RECEIVED".split()
    result = bench.run("list", "--json")
    expect_status(result, 0)
    assert json.loads(result.stdout) == []


@test
def closed_standard_files_are_not_given_to_guests(bench):
    port = bench.port(1, "web1", b"history")
    status = subprocess.run(["/bin/sh", "-c", '"$0" send web1 text >&- 2>&- <&-', bench.program],
                            env=bench.env, timeout=60, check=False).returncode
    assert status == 0
    port.wait_received(b"text")
    # Else the port takes the place of stdout, and the guest gets its own history.
    subprocess.run(["/bin/sh", "-c", '"$0" log web1 >&-', bench.program], env=bench.env,
                   timeout=60, check=False)
    assert port.received == b"text", port.received


@test
def a_full_disk_is_told(bench):
    with open("/dev/full", "wb") as full:
        result = subprocess.run([bench.program, "--help"], stdout=full, stderr=subprocess.PIPE,
                                env=bench.env, timeout=60, check=False)
    expect_status(result, 1)
    expect_in("No space left", result.stderr)


# What is asked of the screen.

@test
def every_ask_of_the_screen_has_a_test(_bench):
    wrong = asks.unanswered()
    assert not wrong, "; ".join(wrong)
