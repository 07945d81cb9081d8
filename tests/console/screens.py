# SPDX-License-Identifier: GPL-2.0-only
"""What real programs draw, on the console's screen and on those of others.

Programs run on a pty, and what they write is recorded. It is then shown by vtdump (the
console's screen), cut at random places, and by pyte. A row that is not the same is shown by
tmux as well: pyte is wrong about some things, and one of the two has to agree. Known of
pyte 0.8: a wide character that is half overwritten keeps its other half; scrolling, IL and
DL know no background. It erases only what was written, and with all attributes of the cursor;
it has no other screen (DECSET 1049), no REP, and with UTF-8 no character sets: these are put
right here. tmux does not tell of the background behind the last character of a row.
"""

import codecs
import copy
import fcntl
import json
import os
import pty
import random
import re
import select
import signal
import struct
import subprocess
import termios
import time
import unicodedata

import pyte
import pyte.graphics

BOLD, UNDERLINE, ITALIC, _BLINK, REVERSE, _CONCEAL, STRIKE, _DIM = (1 << i for i in range(8))
NAMES = ["black", "red", "green", "brown", "blue", "magenta", "cyan", "white"]
SIZES = [(24, 80), (43, 132)]
SEED = int(os.environ.get("KPL011_SEED") or random.randrange(1 << 30))
SECONDS = 120


class Screen(pyte.Screen):
    """pyte's, with the other screen of DECSET 1049 and REP."""

    other = None

    def set_mode(self, *modes, **kwargs):
        if kwargs.get("private") and {47, 1047, 1049} & set(modes) and self.other is None:
            self.other = (copy.deepcopy(self.buffer), copy.copy(self.cursor))
            self.buffer.clear()
            self.dirty.update(range(self.lines))
        super().set_mode(*modes, **kwargs)

    def reset_mode(self, *modes, **kwargs):
        if kwargs.get("private") and {47, 1047, 1049} & set(modes) and self.other:
            self.buffer, cursor = self.other
            if 1049 in modes:
                self.cursor = cursor
            self.other = None
        super().reset_mode(*modes, **kwargs)

    def draw(self, data):
        super().draw(data)
        self.last = data[-1:]

    def select_graphic_rendition(self, *attrs, **kwargs):
        if not kwargs.get("private"):       # vim asks for its key codes with it
            super().select_graphic_rendition(*attrs)

    def erase(self, row, cols):
        for col in cols:
            self.buffer[row][col] = self.default_char._replace(bg=self.cursor.attrs.bg)
        self.dirty.add(row)

    def erase_in_line(self, how=0, private=False):
        col = self.cursor.x
        self.erase(self.cursor.y, [range(col, self.columns), range(min(col + 1, self.columns)),
                                   range(self.columns)][how])

    def erase_in_display(self, how=0, *_args, **_kwargs):
        row = self.cursor.y
        for other in [range(row + 1, self.lines), range(row), range(self.lines), []][how]:
            self.erase(other, range(self.columns))
        if how < 2:
            self.erase_in_line(how)

    def erase_characters(self, count=None):
        self.erase(self.cursor.y, range(self.cursor.x,
                                        min(self.columns, self.cursor.x + (count or 1))))

    last = ""

    def repeat_last(self, count=1):
        super().draw(self.last * (count or 1))

    def report_device_attributes(self, *_args, **_kwargs):
        """Nobody asked."""


class Stream(pyte.Stream):
    csi = {**pyte.Stream.csi, "b": "repeat_last"}
    events = pyte.Stream.events | {"repeat_last"}


class Pyte:
    def __init__(self, rows, cols):
        self.screen = Screen(cols, rows)
        self.stream = Stream(self.screen)
        self.stream.use_utf8 = False        # or it has no character sets
        self.decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def feed(self, data):
        # Of ECMA-48's strings it knows only OSC.
        self.stream.feed(self.decode(data))

    def rows(self):
        return [[self.screen.buffer[row][col] for col in range(self.screen.columns)]
                for row in range(self.screen.lines)]

    def text(self):
        return "\n".join(self.screen.display)


def hex_of(index):
    return pyte.graphics.FG_BG_256[index]


def same_color(ours, theirs):
    """pyte has names for 0 to 15, and cannot tell an index from its colour."""
    if ours is None:
        return theirs == "default"
    if isinstance(ours, int):
        names = [NAMES[ours], NAMES[ours].replace("brown", "yellow")] if ours < 8 else \
            [bright + name for bright in ("", "bright", "bfight")
             for name in (NAMES[ours - 8], NAMES[ours - 8].replace("brown", "yellow"))] \
            if ours < 16 else []
        return theirs in names or theirs == hex_of(ours)
    return theirs == ours


def differs(ours, theirs):
    """Whether a cell of vtdump is not that of pyte."""
    text, width, attrs, foreground, background = ours
    if theirs is None:
        return bool(text.strip())
    if not width:
        return theirs.data not in ("", " ")
    if unicodedata.normalize("NFC", text or " ") != theirs.data:
        return True
    wanted = (bool(attrs & UNDERLINE), bool(attrs & STRIKE), bool(attrs & REVERSE))
    if wanted != (theirs.underscore, theirs.strikethrough, theirs.reverse) or \
            not same_color(background, theirs.bg):
        return True
    if not text.strip() and not theirs.reverse:
        return False
    # To pyte, 90 to 107 are bold as well.
    bold = bool(attrs & BOLD) or (theirs.bold and any(isinstance(color, int) and 8 <= color < 16
                                                      for color in (foreground, background)))
    return not same_color(foreground, theirs.fg) or \
        (bold, bool(attrs & ITALIC)) != (theirs.bold, theirs.italics)


def wrong_rows(dump, rows):
    return [row for row, (ours, theirs) in enumerate(zip(dump["rows"], rows))
            if any(differs(*cells) for cells in zip(ours, theirs))]


def tmux_rows(directory, path, length, rows, cols):
    """The screen of tmux after the first bytes of a file, cells as pyte's."""
    part = os.path.join(directory, "part")
    title = f"done-{random.randrange(1 << 30)}"
    with open(path, "rb") as file, open(part, "wb") as out:
        # CAN ends what was cut off; the title says when all of it has been shown.
        out.write(file.read(length) + b"\030\033]2;" + title.encode() + b"\033\\")
    config = os.path.join(directory, "tmux.conf")
    with open(config, "w", encoding="ascii") as file:
        file.write("set -g status off\nset -g default-terminal tmux-256color\n"
                   "set -g allow-rename off\nset -g remain-on-exit on\n")
    command = ["tmux", "-u", "-S", os.path.join(directory, "tmux"), "-f", config]
    env = {**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
    env.pop("TMUX", None)

    def ask(*args):
        return subprocess.run([*command, *args], env=env, check=True, timeout=SECONDS,
                              stdout=subprocess.PIPE).stdout

    ask("new-session", "-d", "-x", str(cols), "-y", str(rows),
        f"stty raw -echo; cat {part}; exec sleep {SECONDS * 2}")
    try:
        end = time.monotonic() + SECONDS
        while ask("display", "-p", "#{pane_title}").strip() != title.encode():
            assert time.monotonic() < end, "tmux never showed it"
        lines = ask("capture-pane", "-p", "-e", "-N").split(b"\n")[:rows]
    finally:
        subprocess.run([*command, "kill-server"], env=env, check=False)
    result = []
    screen = Pyte(1, cols)
    screen.screen.reset_mode(7)             # no wrap at the last column
    for line in lines:
        # Line drawing is shifted in there, and attributes last from row to row.
        screen.feed(b"\r" + line.replace(b"\016", b"\033(0").replace(b"\017", b"\033(B"))
        written = screen.screen.buffer[0]
        result.append([written[col] if col in written else None for col in range(cols)])
        written.clear()
    return result


def describe(dump, row, *others):
    def line(cells):
        return "".join(cells)

    said = [f"row {row}", "ours " + line(cell[0] or " " for cell in dump["rows"][row])]
    for name, rows in others:
        said.append(f"{name} " + line(cell.data if cell else " " for cell in rows[row]))
        for col, (ours, theirs) in enumerate(zip(dump["rows"][row], rows[row])):
            if differs(ours, theirs):
                said.append(f"{name}, column {col}: {ours} is {theirs}")
                break
    return "\n".join(said)


def compare(bench, data, rows, cols):
    """Shows the bytes everywhere, and looks at some places and at the end."""
    chance = random.Random(SEED)
    path = os.path.join(bench.dir, "stream")
    with open(path, "wb") as file:
        file.write(data)
    offsets = sorted(chance.randrange(len(data)) for _ in range(5)) + [len(data)]
    dumper = os.path.join(bench.build, "tests-console", "vtdump")
    output = subprocess.run([dumper, str(rows), str(cols), str(SEED & 0xffff), path,
                             *map(str, offsets)], stdout=subprocess.PIPE, check=True,
                            timeout=SECONDS).stdout
    other = Pyte(rows, cols)
    at = 0
    for offset, text in zip(offsets, output.decode().splitlines()):
        dump = json.loads(text)
        other.feed(data[at:offset])
        at = offset
        wrong = wrong_rows(dump, other.rows())
        if not wrong:
            continue
        second = tmux_rows(bench.dir, path, offset, rows, cols)
        both = [row for row in wrong if row in wrong_rows(dump, second)]
        if both and os.environ.get("KPL011_KEEP"):
            with open(os.environ["KPL011_KEEP"], "wb") as file:
                file.write(data[:offset])
        assert not both, f"KPL011_SEED={SEED}, after {offset} of {len(data)} bytes:\n" + \
            "\n".join(describe(dump, row, ("pyte", other.rows()), ("tmux", second))
                      for row in both[:3])


class Program:
    """A program on a pty, and what it has written."""

    def __init__(self, bench, rows, cols, *command, term="xterm-256color"):
        self.data = b""
        self.seen = Pyte(rows, cols)
        self.pid, self.terminal = pty.fork()
        if not self.pid:
            os.chdir(bench.dir)
            # The size is there before the program is.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
            env = {"PATH": os.environ["PATH"], "TERM": term, "LC_ALL": "C.UTF-8",
                   "HOME": bench.dir}
            try:
                os.execvpe(command[0], command, env)
            finally:
                os._exit(127)

    def read(self):
        ready, _, _ = select.select([self.terminal], [], [], SECONDS)
        assert ready, f"it has nothing to say; on its screen:\n{self.seen.text()}"
        try:
            piece = os.read(self.terminal, 65536)
        except OSError:
            piece = b""
        self.data += piece
        self.seen.feed(piece)
        return piece

    def until(self, pattern):
        """Reads until the screen has it, or it is true of it."""
        while not (pattern(self.seen.screen) if callable(pattern) else
                   re.search(pattern, self.seen.text())):
            assert self.read(), f"it ended without {pattern!r}:\n{self.seen.text()}"

    def type(self, keys, pattern):
        os.write(self.terminal, keys.encode())
        self.until(pattern)

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)
        return self.data


def lines_file(bench, name, count):
    path = os.path.join(bench.dir, name)
    chance = random.Random(SEED)
    with open(path, "w", encoding="utf-8") as file:
        for number in range(count):
            color = chance.randrange(30, 38)
            words = " ".join(chance.choice(["usb", "pci", "\u4e16\u754c", "na\u00efve", "e\u0301",
                                            "irq", "\u2500\u2500", "dma"])
                             for _ in range(chance.randrange(30)))
            file.write(f"line {number}: \033[{chance.choice(['1;', '', '4;'])}{color}m{words}"
                       f"\033[0m\t{number * 7}\n")
    return path


def vim(bench, rows, cols, term="xterm-256color"):
    here = os.path.dirname(os.path.abspath(__file__))
    path = os.path.join(bench.dir, "file.c")
    with open(os.path.join(here, "../../console/vt/vtparse.c"), encoding="ascii") as source:
        text = source.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace("bytes", "b\u00fctes \u4e16\u754c"))
    program = Program(bench, rows, cols, "vim", "-Nu", "NONE", "-c",
                      "syntax on | set number ruler hlsearch incsearch noswapfile nofixeol", path,
                      term=term)
    program.until("SPDX")
    program.type("\x06\x06\x06:echo 'one' . 'two'\r", "onetwo")
    program.type("/static\r", r"/static|search hit")
    program.type("ggOnew \u4e16\u754c text\033:echo 'three' . 'four'\r", "threefour")
    program.type(":10,20d\r:vsplit\r:echo 'five' . 'six'\r", "fivesix")
    program.type("\x0e\x15\x05\x05\x19:set list cursorline\r:echo 'seven' . 'eight'\r",
                 "seveneight")
    return program.end()


def less(bench, rows, cols):
    program = Program(bench, rows, cols, "less", "-R", lines_file(bench, "text", 300))
    program.until("line 0")
    program.type(" ", r"line [1-9]")
    program.type("/irq\n", "irq")
    program.type("kkkb", "line 0:")
    program.type("G", r"\(END\)")
    program.type("-N\n", r"[0-9] line 2")
    return program.end()


def top(bench, rows, cols):
    program = Program(bench, rows, cols, "top", "-d", "999")
    program.until(r"PID +USER")
    program.type("h", "Help for Interactive")
    program.type("q", r"load average(.|\n)*PID +USER")
    program.type("z", lambda screen: any(cell.fg != "default" for line in screen.buffer.values()
                                         for cell in line.values()))
    program.type("1", lambda screen: "%Cpu0" in "".join(screen.display) or
                 "%Cpu(s)" in "".join(screen.display))
    return program.end()


def htop(bench, rows, cols):
    program = Program(bench, rows, cols, "htop", "-d", "999")
    program.until("10Quit")
    program.type("h", "Hisham")
    program.type(" ", "10Quit")
    program.type("S", "(?i)categories")
    return program.end()


def vim_on_linux(bench, rows, cols):
    """As from a shell that the kernel has started."""
    return vim(bench, rows, cols, "linux")


def vim_on_vt220(bench, rows, cols):
    """As from a getty of a serial port."""
    return vim(bench, rows, cols, "vt220")


def dialog_on_linux(bench, rows, cols):
    """A menu, and a sequence of the Linux console that has no end."""
    program = Program(bench, rows, cols, "sh", "-c",
                      "dialog --colors --title Menu --menu 'Which \\Z1one\\Zn?' 15 60 8 "
                      "disk 'First disk' net 'The net'; tput oc; echo 'the end'", term="linux")
    program.until("The net")
    program.type("\033[B", "net")
    program.type("\r", "the end")
    assert b"\033]R" in program.data
    return program.end()


def dialog(bench, rows, cols):
    program = Program(bench, rows, cols, "dialog", "--backtitle", "Boot from \u4e16\u754c",
                      "--colors", "--title", "Menu", "--checklist", "Which \\Z1ones\\Zn?", "15",
                      "60", "8", "disk", "First disk", "on", "net", "The net", "off", "shell",
                      "EFI shell", "off")
    program.until("EFI shell")
    program.type("\033OB", r"net")
    program.type(" ", r"\[(X|\*)\] *net")
    return program.end()


def whiptail(bench, rows, cols):
    program = Program(bench, rows, cols, "whiptail", "--title", "Menu", "--backtitle", "Boot",
                      "--menu", "Which one?", "15", "60", "6", "disk", "First disk", "net",
                      "The net", "shell", "EFI shell", term="vt220")
    program.until("EFI shell")
    program.type("\033[B\t", "Cancel")
    return program.end()


def systemd_boot(_bench, _rows, cols):
    """Status lines as systemd's manager prints them, and its red star."""
    chance = random.Random(SEED)
    out = "\033c\033[?7l\033[2J\033[0m"
    for number in range(200):
        name = f"unit-{number}.service"
        kind = chance.randrange(8)
        if kind == 0:
            for at in range(chance.randrange(1, 20)):
                stars = "".join(f"\033[0;{1 if abs(i - at % 6) else 31}m*" if abs(i - at % 6) < 2
                                else " " for i in range(6))
                out += f"\r[{stars}\033[0m] Job {name}/start running ({at}s / 1min 30s)\033[K"
            out += "\r\033[K"
        verdict = ["[\033[0;32m  OK  \033[0m]", "[\033[0;1;31mFAILED\033[0m]",
                   "[\033[0;1;33mDEPEND\033[0m]", "        "][chance.choice([0, 0, 0, 1, 2, 3])]
        text = "Started" if "OK" in verdict else "Starting"
        out += f"{verdict} {text} \033[0;1;39m{name}\033[0m - {'word ' * (cols // 4)}\r\n"
        if kind == 7:
            out += f"[{number:5}.{number:06}] \033[33mpci 0000:00\033[0m: BAR {number}\r\n"
    return (out + "\033[?7h\r\nDebian GNU/Linux 12 guest ttyAMA0\r\n\r\nguest login: ").encode()


def uboot_menu(_bench, rows, _cols):
    """U-Boot's boot menu: rows by CUP, the chosen one in reverse, moved by keys."""
    entries = ["debian", "Linux 6.12 with a serial console", "Enter console"]

    def menu(chosen):
        out = "\033[?25l"
        for number, entry in enumerate(entries):
            out += f"\033[{5 + number};{4 if number == chosen else 1}H\033[K" \
                if not number else f"\033[{5 + number};1H\033[K"
            out += f"\033[{5 + number};4H"
            out += f"\033[7m{entry}\033[0m" if number == chosen else entry
        return out

    out = "U-Boot 2024.01 (Jan 08 2024)\r\n\r\nDRAM:  512 MiB\r\n"
    out += "\033[2J\033[1;1H" + "\033[2;1H\033[2K  *** U-Boot Boot Menu ***\033[3;1H\033[2K"
    for chosen in [0, 1, 2, 1, 0, 1]:
        out += menu(chosen)
        out += f"\033[{rows - 2};1H\033[2K  Press UP/DOWN to move, ENTER to select, ESC to quit"
    for seconds in range(9, 0, -1):
        out += f"\033[{rows - 4};1H\033[2K  Hit any key to stop autoboot: {seconds:2} "
        out += "\b\b\b" + f"{seconds:2} "
    return out.encode()


def efi_setup(_bench, rows, cols):
    """EFI's setup, as its driver of terminals (PC ANSI, VT-UTF8) draws it."""
    def at(row, col, text, foreground=37, background=40, bold=0):
        return f"\033[{bold};{foreground};{background}m\033[{row:02};{col:02}H{text}"

    out = "\033[0m\033[37m\033[40m\033[2J\033[01;01H\033[0;37;40m"
    out += "BdsDxe: loading Boot0001 \"UEFI Shell\"\r\n"
    out += "\033[1m\033[37m\033[44m\033[2J\033[01;01H"
    out += at(1, 1, "\u2554" + "\u2550" * (cols - 2) + "\u2557", 37, 44, 1)
    for row in range(2, rows - 1):
        out += at(row, 1, "\u2551", 37, 44, 1) + at(row, cols, "\u2551", 37, 44, 1)
        out += at(row, 2, " " * (cols - 2), 30, 47)
    out += at(rows - 1, 1, "\u255a" + "\u2550" * (cols - 2) + "\u255d", 37, 44, 1)
    items = ["Select Language            <Standard English>", "> Device Manager",
             "> Boot Manager", "> Boot Maintenance Manager", "Continue", "Reset"]
    for chosen in [0, 1, 2, 3, 2]:
        for number, item in enumerate(items):
            bright = number == chosen
            out += at(6 + number, 4, item, 37 if bright else 34, 46 if bright else 47,
                      1 if bright else 0)
        out += at(rows, 2, "\u2191\u2193=Move Highlight   <Enter>=Select Entry", 37, 40, 1)
        out += "\033[?25l\033[0m"
    return out.encode()


STREAMS = [vim, vim_on_linux, vim_on_vt220, less, top, htop, dialog, dialog_on_linux,
           whiptail, systemd_boot, uboot_menu, efi_setup]


def tests():
    """A test for each program and size."""
    for make in STREAMS:
        for rows, cols in SIZES:
            def test(bench, make=make, rows=rows, cols=cols):
                compare(bench, make(bench, rows, cols), rows, cols)
            test.__name__ = f"{make.__name__}_looks_as_on_other_terminals_at_{cols}x{rows}"
            yield test
