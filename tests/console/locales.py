# SPDX-License-Identifier: GPL-2.0-only
"""Locales whose characters are not UTF-8, made where the tests are built."""

import os
import subprocess
import tempfile

NAMES = {"en_US.ISO-8859-1": "iso-8859-1", "ru_RU.KOI8-R": "koi8-r", "ja_JP.EUC-JP": "euc_jp",
         "zh_CN.GB18030": "gb18030"}


def environment(bench, name):
    """What a program needs in its environment to be in this locale."""
    top = os.path.join(bench.build, "locales")
    if not os.path.exists(os.path.join(top, name)):
        os.makedirs(top, exist_ok=True)
        language, charset = name.split(".")
        with tempfile.TemporaryDirectory(dir=top) as made:
            # It warns of characters that the charset has not, with a status of its own.
            subprocess.run(["localedef", "-c", "-i", language, "-f", charset, os.path.join(made, name)],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            try:
                os.rename(os.path.join(made, name), os.path.join(top, name))
            except OSError:
                # Another test was faster.
                assert os.path.exists(os.path.join(top, name)), f"localedef makes no {name}"
    return {"LC_ALL": name, "LOCPATH": top}


def charset(env):
    """Of the characters that a terminal has in this environment."""
    if env["LC_ALL"] in ("C", "POSIX"):
        return "ascii"
    return NAMES.get(env["LC_ALL"], "utf-8")
