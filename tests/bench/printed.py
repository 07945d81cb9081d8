# SPDX-License-Identifier: GPL-2.0-only
"""What guests print, for tests/bench/screens: the same bytes at each run."""

# Drawn by nothing else, in one piece: who sees it has seen the end.
MARK = "\u0416"

# Lines at the end of each text, which have to be on the screen.
LAST = 12

ROWS, COLS = 26, 110


def log(n):
    """A kernel's, on its serial console."""
    return (
        f"[{n / 97:12.6f}] pci 0000:{n % 16:02x}:{n % 32:02x}.{n % 8}: BAR {n % 6}: assigned"
        f" [mem {0x8000000000 + n * 4096:#014x}-{0x8000000fff + n * 4096:#014x} 64bit pref]\r\n",
        f"[{n / 97:12.6f}] systemd[1]: Started unit-{n}.service - Unit number {n}.\r\n",
        f"[{n / 97:12.6f}] virtio_net virtio{n % 9} enp{n % 7}s0: renamed from eth{n % 3}\r\n",
        f"[{n / 97:12.6f}] EXT4-fs (vda{n % 4}): mounted filesystem {n * 7919:08x} r/w with ordered"
        " data mode. Quota mode: none.\r\n",
    )[n % 4]


def colors(n):
    """systemd's at a boot, ls, a compiler, a progress of 24-bit colours."""
    return (
        f"[\033[0;32m  OK  \033[0m] Started \033[0;1;39munit-{n}.service\033[0m - Unit {n}.\r\n",
        "".join(f"\033[0m\033[01;{31 + (n + i) % 6}mdir{n + i}\033[0m  " for i in range(8))
        + "\r\n",
        f"\033[01m\033[Ksrc/file{n % 99}.c:{n % 999}:{n % 80}:\033[m\033[K "
        "\033[01;35m\033[Kwarning: \033[m\033[Kunused variable '\033[01m\033[K"
        f"v{n}\033[m\033[K' [\033[01;35m\033[K-Wunused\033[m\033[K]\r\n",
        "".join(f"\033[38;2;{(n * 3 + i * 9) % 256};{i * 8};40m#\033[48;5;{(n + i) % 256}m%"
                for i in range(16)) + "\033[m\r\n",
    )[n % 4]


def redraw(n):
    """htop's and vim's: a whole screen each, by places, colours and a region that scrolls."""
    if n % 2:
        # vim: some lines on, the new ones drawn, its line of status.
        out = [f"\033[1;{ROWS - 1}r\033[{ROWS - 1};1H", "\r\n" * 4, f"\033[1;{ROWS}r"]
        for row in range(ROWS - 5, ROWS - 1):
            out.append(f"\033[{row + 1};1H\033[33m{n + row:5d} \033[m\033[32mstatic\033[m int "
                       f"f{n + row}(\033[32mvoid\033[m) {{ \033[33mreturn\033[m "
                       f"\033[31m{row * n}\033[m; }}\033[K")
        out.append(f"\033[{ROWS};1H\033[1mINSERT\033[m\033[{ROWS};90H{n},1\033[K\033[{n % 20 + 1};7H")
        return "".join(out)
    out = ["\033[?25l\033[H"]
    for row in range(4):
        full = (n * 7 + row * 13) % 40
        out.append(f"\033[{row + 1};3H\033[36m{row}\033[39m\033[1m[\033[m\033[32m{'|' * full}"
                   f"\033[{row + 1};45H\033[1m\033[30m{full * 2.5:5.1f}%\033[m\033[1m]\033[m\033[K")
    out.append("\033[5;1H\033[30m\033[42m    PID USER      PRI  NI  VIRT   RES   SHR S  CPU%"
               "  TIME+  Command\033[K\033[m")
    for row in range(6, ROWS):
        out.append(f"\033[{row};1H{n % 9000 + row:7d} \033[1mroot\033[m       20   0 "
                   f"\033[36m{n % 7 + 1}\033[m{row:03d}\033[36mM\033[m {n % 999:5d} {row:5d} "
                   f"\033[32mS\033[m {row % 9}.{n % 10}  0:{n % 60:02d}.{row:02d} "
                   f"\033[32m/usr/lib/daemon{row}\033[m --foreground\033[K")
    out.append(f"\033[{ROWS};1H\033[1mF1\033[30m\033[46mHelp  \033[m\033[1mF10\033[30m\033[46mQuit"
               "\033[m\033[K\033[?25h")
    return "".join(out)


def short(n):
    return f"{n % 10000} ok\r\n"


def characters(n):
    return "abcdefghijklmnopqrstuvwxyz"[n % 26] + "\r\n"


def long(n):
    """A line that fills many rows: JSON, a stack of a JVM, base64."""
    return (f'{{"n":{n},"entries":['
            + ",".join(f'{{"id":{n * i % 65521},"name":"entry-{i}","ok":true}}'
                       for i in range(80)) + "]}\r\n")


def utf8(n):
    return (
        f"{n}: Überprüfung des Dateisystems läuft … größer als zulässig: naïve Façade №{n}\r\n",
        f"├── каталог{n}/подкаталог ── файл №{n} готов ✓ ✗ │ └── ещё один\r\n".replace(MARK, ""),
        f"{n} 启动服务 {n} 完成。日本語のログ、カタカナ 한국어 로그 메시지 {n}\r\n",
        f"▁▂▃▄▅▆▇█ {n % 100:3d}% ▕████████░░░░▏ e\u0301a\u0300 é ☃ {n}\r\n",
    )[n % 4]


# Name, title, what makes it, MiB.
TEXTS = (
    ("log", "a kernel's log", log, 8),
    ("colors", "coloured text", colors, 6),
    ("redraw", "full-screen redraws", redraw, 6),
    ("short", "short lines", short, 4),
    ("characters", "lines of one character", characters, 3),
    ("long", "lines of 4 KB", long, 8),
    ("utf8", "UTF-8 of many scripts", utf8, 6),
)


def last_lines(name):
    """What has to be on the screen at the end, from top to bottom."""
    return [*(f"line {i} of the last ones of {name}" for i in range(LAST)), f"the end {MARK}"]


def write(path, name, make, size):
    """SIZE bytes and some into a file; returns how many it has."""
    with open(path, "wb") as file:
        n = count = 0
        while count < size:
            count += file.write(make(n).encode())
            n += 1
        end = "\033[m\033[r\033[2J\033[H" if name == "redraw" else "\033[m\r\n"
        count += file.write((end + "\r\n".join(last_lines(name))).encode())
    return count
