# SPDX-License-Identifier: GPL-2.0-only
"""Tests of completion: what the program offers, and the shells themselves."""

import glob
import os
import re
import subprocess

import pexpect

import asks
import far
from vms import make_vm, need_kvm

TESTS = []
test = asks.decorator(TESTS)
HERE = os.path.dirname(os.path.abspath(__file__))
CONSOLE = os.path.join(HERE, "../../console")


def offered(bench, *words):
    """What could become of the last word, by what is said about it."""
    result = bench.run("__complete", *words)
    assert result.returncode == 0, result
    return dict(line.partition("\t")[::2] for line in result.stdout.decode().splitlines())


def option_tables():
    """Each command's options as getopt knows them: name, and whether they take an argument."""
    row = re.compile(r'\{\s*"([a-z-]+)",\s*(no|required|optional)_argument')
    with open(f"{CONSOLE}/cmd/attach_args.h", encoding="ascii") as file:
        shared = row.findall(file.read().replace("\\\n", " "))
    assert len(shared) == 6, shared
    for path in glob.glob(f"{CONSOLE}/cmd/cmd_*.c"):
        with open(path, encoding="ascii") as file:
            text = file.read()
        for name in re.findall(r'cmd_one_option\([^"]*"([a-z-]+)"', text):
            yield re.search(r'\.name = "(\w+)"', text)[1], {name: "no", "help": "no"}
        for table in re.findall(r"struct option \w+\[\] = \{(.*?)\n\t?\};", text, re.S):
            found = row.findall(table) + (shared if "ATTACH_ARGS_TABLE" in table else [])
            yield re.search(r'\.name = "(\w+)"', text)[1], dict(found)


@test
def every_option_of_every_command_is_offered_and_no_other(bench):
    bench.port(1, "web1")
    tables = dict(option_tables())
    commands = {word for word in offered(bench, "") if word[0] != "-"}
    assert set(tables) == commands and len(commands) >= 20, (set(tables) ^ commands)
    for command, options in tables.items():
        words = set(offered(bench, command, "--"))
        assert words == {f"--{name}" for name in options}, (command, words ^ {
            f"--{name}" for name in options})
        # An argument of an option is not taken for a guest.
        for name, kind in options.items():
            if kind == "required" and command in ("top", "log", "console", "expect", "pty"):
                assert "web1" not in offered(bench, command, f"--{name}", ""), (command, name)
                assert "web1" in offered(bench, command, f"--{name}", "x", ""), (command, name)
            elif kind != "required" and command in ("top", "log", "console", "expect", "pty"):
                assert "web1" in offered(bench, command, f"--{name}", ""), (command, name)


@test
def each_place_has_what_belongs_there(bench):
    for number, name, live in ((1, "web1", 1), (2, "web2", 0), (3, "twin", 1), (4, "twin", 1),
                               (5, "77", 1), (6, "", 1)):
        bench.port(number, name, live=live)
    everybody = {"web1", "web2", "3", "4", "5", "6"}
    for words, found in ((["log", ""], everybody), (["log", "web"], {"web1", "web2"}),
                         (["log", "-n", ""], set()), (["log", "-n", "3", "web1", ""], everybody),
                         (["console", "web1", ""], set()), (["reap", ""], {"web2"}),
                         (["state", ""], {"save", "restore"}), (["state", "save", "w"],
                                                                {"web1", "web2"}),
                         (["state", "save", "web1", ""], {":files"}),
                         (["record", "web1", ""], {":files"}), (["play", ""], {":files"}),
                         (["send", "--file", ""], {":files"}), (["send", "web1", ""], set()),
                         (["run", ""], {":files"}), (["run", "--", "qemu", "-M", ""], {":files"}),
                         (["run", "qemu", "--"], {":files"}),
                         (["log", "--", "web1", "--f"], set()), (["doctor", ""], set()),
                         (["screen", ""], {":files"}), (["wat"], {"watch"}),
                         (["screen", "pi"], {"pipe:", ":files"}), (["log", "un"], {"unix:"}),
                         (["info", "un"], set()), (["log", "file:/x"], {":files"}),
                         (["log", "-f", "unix", ":", "/x"], {":files"}),
                         (["log", "tcp:x"], set()), (["info", "file:/x"], set()),
                         (["nonesuch", ""], set()), (["--v"], {"--version"})):
        assert set(offered(bench, *words)) == found, (words, offered(bench, *words))
    assert offered(bench, "log", "web2") == {"web2": "dead, port 2 web2"}
    # Without the module there are no guests, and no message in the line.
    bench.env["KPL011_DEV_DIR"] = os.path.join(bench.dir, "none")
    assert not offered(bench, "log", "")


@test
def behind_hosts_there_is_what_they_have(bench):
    bench.port(1, "mine")
    a, b = far.hosts(bench, "a", "b")
    for number, name in ((1, "web1"), (2, "twin"), (3, "twin"), (4, "9")):
        a.port(number, name)
    b.port(1, "web1")
    bench.env["KPL011_HOST_TIMEOUT"] = "60"
    of_a = {"web1", "2", "3", "4"}
    of_both = {"a/web1", "a/2", "a/3", "a/4", "b/web1"}
    for front in (["--host", "a"], ["--host=a"], ["--host", "=", "a"], ["--host", "b", "--host", "a"],
                  ["--host", "a=me@a"], ["--host", "a", "=", "me", "@", "a"],
                  ["--host", "a=me", "@a"]):
        assert set(offered(bench, *front, "log", "")) == of_a, front
    assert set(offered(bench, "--host", "a,b", "log", "")) == of_both
    assert set(offered(bench, "--host", "a,b", "log", "b/")) == {"b/web1"}
    assert set(offered(bench, "--host", "a,local", "log", "")) == {
        "a/web1", "a/2", "a/3", "a/4", "local/mine"}
    assert set(offered(bench, "--host", "a", "info", "w")) == {"web1"}
    # Where it is still being typed, and of commands those alone that go there.
    for words in (["--host", ""], ["--host", "a"], ["--host=a"], ["--host", "me", "@"],
                  ["--host", "a", "attach", ""], ["--host", "a", "daemon", ""],
                  ["--host", "a" * 2000, "log", ""]):
        assert not offered(bench, *words), words
    assert set(offered(bench, "--ho")) == {"--host"}
    words = set(offered(bench, "--host", "a", ""))
    assert {"log", "console", "--host"} <= words and not {"daemon", "watch", "--help"} & words
    assert "--follow" in offered(bench, "--host", "a", "log", "--f")
    bench.env["KPL011_HOSTS"] = "b"
    assert set(offered(bench, "log", "")) == {"web1"}
    assert set(offered(bench, "--host", "a", "log", "")) == of_a
    del bench.env["KPL011_HOSTS"]
    # One that does not answer is not waited for, and a command that is still typed not run.
    a.run_instead(b"exec sleep 1000\n")
    bench.env["KPL011_HOST_TIMEOUT"] = "0.5"
    assert set(offered(bench, "--host", "a,local", "log", "")) == {"local/mine"}
    bench.env["KPL011_HOST_TIMEOUT"] = "60"
    tries = b.tries()
    bench.env["KPL011_SSH"], other = "false", bench.env["KPL011_SSH"]
    assert not offered(bench, "--ssh", other, "--host", "b", "log", "")
    assert not offered(bench, f"--ssh={other}", "--host", "b", "log", "")
    assert b.tries() == tries


@test
def attach_is_offered_vms(bench):
    need_kvm()
    make_vm(bench, "-name", "guest=lonely,debug-threads=on")
    assert offered(bench, "attach", "lone") == {"lonely": "a running VM"}
    assert "lonely" in offered(bench, "attach", "--ring", "1M", "")


# A name is a word, whatever is in it.
EVIL = "evil;touch $(touch here)`touch here`"

# What is typed, and what comes of it.
LINES = (("kpl011 lis\t--js\t", '"id": 1'), ("kpl011 info we\t", "web1: "),
         ("kpl011 play a-re\t", "a-recording"),
         ("kpl011 send fi\ta-re\t x", "nothing can be sent to file:a-recording"),
         ("kpl011 info ev\t", f"{EVIL}: "), ("kpl011 --host me@b lo\td\t", "printed by db"))


def shell(bench, command, *args):
    """A shell at work in an empty directory, with kpl011 in its path, and a host b."""
    b, = far.hosts(bench, "b")
    b.port(1, "db", b"printed by db\r\n")
    bench.env["KPL011_HOST_TIMEOUT"] = "60"
    folder = os.path.join(bench.dir, "work")
    os.makedirs(os.path.join(bench.dir, "bin"))
    os.makedirs(folder)
    os.symlink(bench.program, os.path.join(bench.dir, "bin/kpl011"))
    env = {**bench.env, "PATH": f"{bench.dir}/bin:/usr/bin:/bin", "PS1": "$ ", "HOME": bench.dir,
           "TERM": "dumb", "ASAN_OPTIONS": "detect_leaks=0"}
    child = pexpect.spawn(command, list(args), env=env, cwd=folder, timeout=60,
                          dimensions=(24, 200))
    child.delaybeforesend = None
    bench.children.append(child)
    return child


@test
def bash_completes_commands_options_guests_and_files(bench):
    bench.port(1, "web1")
    bench.port(2, EVIL)
    child = shell(bench, "/bin/bash", "--norc", "--noprofile", "-i")
    child.sendline(f"source {CONSOLE}/completion/kpl011.bash; touch a-recording; echo re''ady")
    child.expect_exact("ready")
    for typed, becomes in LINES:
        child.send(f"{typed}\n")
        child.expect_exact(becomes)
    assert os.listdir(os.path.join(bench.dir, "work")) == ["a-recording"]


@test
def zsh_completes_commands_options_guests_and_files(bench):
    bench.port(1, "web1")
    bench.port(2, EVIL)
    child = shell(bench, "/bin/zsh", "-f", "-i")
    child.sendline(f"fpath=({CONSOLE}/completion $fpath); autoload -Uz compinit; compinit -u -D; "
                   "touch a-recording; PS1='$ '; unsetopt zle_bracketed_paste; echo re''ady")
    child.expect_exact("\nready")
    for typed, becomes in LINES:
        child.send(f"{typed}\n")
        child.expect_exact(becomes)
    assert os.listdir(os.path.join(bench.dir, "work")) == ["a-recording"]


@test
def fish_completes_commands_options_guests_and_files(bench):
    bench.port(1, "web1")
    bench.port(2, EVIL)
    shell(bench, "/bin/true")
    folder = os.path.join(bench.dir, "work")
    env = {**bench.env, "PATH": f"{bench.dir}/bin:/usr/bin:/bin", "HOME": bench.dir}
    with open(os.path.join(folder, "a-recording"), "wb"):
        pass

    def complete(line):
        text = subprocess.run(
            ["fish", "--no-config", "-c", f"source {CONSOLE}/completion/kpl011.fish\n"
             f"complete -C {line!r}"], env=env, cwd=folder, check=True, timeout=60,
            stdout=subprocess.PIPE, stdin=subprocess.DEVNULL).stdout.decode()
        return dict(line.partition("\t")[::2] for line in text.splitlines())

    assert list(complete("kpl011 conso")) == ["console"]
    assert list(complete("kpl011 log --foll")) == ["--follow"]
    assert complete("kpl011 log we") == {"web1": "live, port 1 web1"}
    assert list(complete("kpl011 log ev")) == [EVIL]
    assert list(complete("kpl011 play a-re")) == ["a-recording"]
    assert list(complete("kpl011 --host me@b log d")) == ["db"]
    assert list(complete("kpl011 log fi")) == ["file:"]
    assert list(complete("kpl011 log file:a-re")) == ["file:a-recording"]
