# SPDX-License-Identifier: GPL-2.0-only
"""A terminal that notes what it was asked, and what it was told to be and is still."""

import re

# Private modes that are on in a terminal that nobody touched: it wraps, has keys that repeat,
# and shows its cursor.
ON = {7, 8, 25}

# Which are the other screen, by different ways there.
SCREENS = {47: 1049, 1047: 1049}

STRINGS = {ord("]"): "OSC", ord("P"): "DCS", ord("_"): "APC", ord("^"): "PM", ord("X"): "SOS"}

# Which only move, draw, or erase what is to be seen.
DRAWING = set("@ABCDEFGHIJKLMPSTXZ`abdef")

# Which turn the direction of text or break its lines: not taken from utf8_turns(), which this checks.
TURNS = "\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

# A sequence or a character that ends where an ESC begins another one: terminals take it for none.
CUT = re.compile(rb"\033([ -/]+|\[[0-?]*[ -/]*)?(?=\033)")
CUT_UTF8 = re.compile(rb"([\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})(?=\033)")

UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")


class Noting:
    """Takes the bytes of a program, in pieces of any size. It has no screen.

    charset: what its characters are of; in all but UTF-8 a byte is a character, or a part of
    one, unless it is an 8-bit control, and ASCII has none of these.

    asked: what it would have answered to, or done to the world outside it.
    stays: by name what is not as in a terminal that nobody touched.
    unknown: what it has no name for, and takes for the worst.
    cuts: how many sequences and characters were cut off. A program that ends without waiting for
    the terminal cuts off one, and then gives back what the terminal was.
    """

    def __init__(self, rows=24, shapes=False, charset="utf-8"):
        self.rows = rows
        self.charset = charset
        self.shapes = shapes        # ncurses puts the shapes of lines into G1, and leaves them there
        self.asked = []
        self.unknown = []
        self.stays = {}
        self.titles = 0
        self.cuts = 0
        self.left = b""

    def feed(self, data):
        data = self.left + bytes(data)
        at = 0
        while at < len(data):
            taken = self._piece(data, at)
            if not taken:
                break
            at += taken
        self.left = data[at:]

    def end(self):
        """What is wrong when nothing more comes."""
        wrong = [f"asked: {what}" for what in self.asked] + \
            [f"unknown: {what}" for what in self.unknown] + \
            [f"stays: {name} {value}" for name, value in self.stays.items()]
        if self.titles:
            wrong.append(f"stays: {self.titles} titles put aside")
        if self.cuts > 1:
            wrong.append(f"cut off: {self.cuts} sequences or characters")
        if self.left:
            wrong.append(f"it waits for the end of {self.left[:40]!r}")
        return wrong

    def _set(self, name, value, plain):
        if value == plain:
            self.stays.pop(name, None)
        else:
            self.stays[name] = value

    def _piece(self, data, at):
        """Its length; 0 if it is not whole."""
        byte = data[at]
        cut = CUT.match(data, at) or (self.charset == "utf-8" and CUT_UTF8.match(data, at))
        if cut:
            self.cuts += 1
            return len(cut[0])
        if byte == 0x1b:
            return self._escape(data, at)
        if byte >= 0x80:
            return self._character(data, at)
        if byte == 5:
            self.asked.append("ENQ")
        elif byte in (0x0e, 0x0f):
            self._set("shift", byte, 0x0f)
        elif byte < 0x20 and byte not in b"\a\b\t\n\v\r\0":
            self.unknown.append(bytes([byte]))
        return 1

    def _character(self, data, at):
        if self.charset != "utf-8":
            if data[at] < 0xa0 or self.charset == "ascii":
                self.unknown.append(data[at:at + 8])
            return 1
        if len(data) - at < 4 and re.fullmatch(rb"[\xc2-\xf4][\x80-\xbf]*", data[at:]) and \
                not UTF8.match(data, at):
            return 0
        found = UTF8.match(data, at)
        if not found:
            self.unknown.append(data[at:at + 1])
            return 1
        character = found[0].decode("utf-8", "replace")
        if "\x80" <= character <= "\x9f":
            self.unknown.append(found[0])
        if character in TURNS:
            self.unknown.append(found[0])
        return len(found[0])

    def _escape(self, data, at):
        if len(data) == at + 1:
            return 0
        kind = data[at + 1]
        if kind == ord("["):
            found = re.compile(rb"\033\[([<=>?]?)([0-9;:]*)([ -/]*)([@-~])").match(data, at)
            if found:
                self._csi(*(part.decode() for part in found.groups()))
                return len(found[0])
            if re.fullmatch(rb"\033\[[0-?]*[ -/]*", data[at:]):
                return 0
            self.unknown.append(data[at:at + 24])
            return 2
        if kind in STRINGS:
            found = re.compile(rb"\033.([^\033\a\030\032]*)(\a|\033\\|[\030\032])", re.S).match(data, at)
            if found:
                self._string(STRINGS[kind], found[1])
                return len(found[0])
            return 0
        found = re.compile(rb"\033([ -/]*)([0-~])").match(data, at)
        if not found:
            if re.fullmatch(rb"\033[ -/]*", data[at:]):
                return 0
            self.unknown.append(data[at:at + 8])
            return 1
        self._other(found[1].decode(), found[2].decode())
        return len(found[0])

    def _other(self, between, final):
        if between in ("(", ")", "*", "+"):
            if not self.shapes or between + final != ")0":
                self._set("G" + str("()*+".index(between)), final, "B")
        elif between:
            self.unknown.append(f"ESC {between}{final}")
        elif final in "=>":
            self._set("keypad", final, ">")
        elif final == "Z":
            self.asked.append("DECID")
        elif final == "c":
            self.stays.clear()
            self.unknown.append("RIS")
        elif final not in "78DEM\\":
            self.unknown.append(f"ESC {final}")

    def _string(self, kind, text):
        if kind == "OSC" and re.match(rb"[012];", text) and b"?" not in text[:3]:
            self._set("title", text[:40], None)
        else:
            found = re.match(rb"(\d+)(;?)(.*)", text) if kind == "OSC" else None
            number = int(found[1]) if found else 0
            if number in (4, *range(10, 20)):
                self.stays[f"colour {number}"] = text[:40]
            elif number == 104 or number in range(110, 120):
                self.stays.pop(f"colour {number - 100}", None)
            elif number == 8:
                self._set("link", found[3][:40], b";")
            self.asked.append(f"{kind} {text[:40]!r}")

    def _csi(self, leader, args, between, final):
        numbers = [int(number) if number else 0 for number in re.split("[;:]", args)]
        whole = f"CSI {leader}{args[:40]}{between}{final}"
        if leader == "?" and not between and final in "hl":
            for number in numbers:
                number = SCREENS.get(number, number)
                self._set(f"mode {number}", final, "h" if number in ON else "l")
        elif leader == "?" and not between and final in "rs":
            self.unknown.append(whole)
        elif leader == ">" and final == "m" and not between:
            self._set("key modifiers", args, "") if numbers[-1] or len(numbers) > 2 \
                else self._set("key modifiers", "", "")
        elif (leader, between, final) == ("", " ", "q"):
            self._set("cursor shape", args, "0" if args == "0" else "")
        elif (leader, between, final) == ("", "!", "p"):
            self.stays = {name: value for name, value in self.stays.items()
                          if name.startswith("mode 1") or name == "title"}
        elif final == "u" and leader in tuple("<=>"):
            self.asked.append(whole)
            self._set("keyboard", args, "0" if leader == "=" and args == "0" else "") if leader != "<" else None
        elif (leader, between, final) == ("", '"', "q"):
            self.unknown.append(whole)
            self._set("protected", args, "0" if args == "0" else "")
        elif leader or between:
            (self.asked if final in "cnpqu" or between == "$" else self.unknown).append(whole)
        else:
            self._plain(whole, numbers, args, final)

    def _plain(self, whole, numbers, args, final):
        if final == "m":
            # What begins with another attribute has colours all the same.
            last_reset = len(numbers) - 1 - numbers[::-1].index(0) if 0 in numbers and \
                not {38, 48} & set(numbers) else -1
            rest = numbers[last_reset + 1:]
            if last_reset >= 0 or not args:
                self.stays.pop("attributes", None)
            if {39, 49} == set(rest):
                if self.stays.get("attributes") == "colours":
                    self.stays.pop("attributes")
            elif rest and args:
                only_colours = all(number >= 30 for number in rest) and \
                    self.stays.get("attributes") in (None, "colours")
                self.stays["attributes"] = "colours" if only_colours else args
        elif final == "r":
            self._set("margins", args, f"1;{self.rows}" if args == f"1;{self.rows}" else "")
        elif final in "hl":
            for number in numbers:
                # 12: what is typed is not shown by it; 34, with which terminfo's screen ends a
                # cursor that is easy to see.
                self._set(f"ANSI mode {number}", final, "h" if number in (12, 34) else "l")
        elif final == "t":
            if numbers[0] == 22:
                self.titles += 1
            elif numbers[0] == 23:
                self.titles -= 1
                self.stays.pop("title", None)
            else:
                self.asked.append(whole)
        elif final in "cnx":
            self.asked.append(whole)
        elif final == "J" and numbers[0] > 2:
            self.unknown.append(whole)
        elif final in "ST" and len(numbers) > 1:
            self.unknown.append(whole)
        elif final not in DRAWING:
            self.unknown.append(whole)
