# SPDX-License-Identifier: GPL-2.0-only
"""Tests of what Prometheus makes of what the daemon tells, with the rules and the dashboard of docs/examples."""

import http.server
import json
import os
import signal
import socket
import subprocess
import threading
import urllib.parse
import urllib.request

import asks
from metrics_cases import EXAMPLES, HOSTILE, PANIC, counting, metrics, parse, renewed, value
from played import wait_for
from unpacked import unpacked

TESTS = []
test = asks.decorator(TESTS)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start(bench, *words):
    log = open(os.path.join(bench.dir, os.path.basename(words[0]) + ".out"), "wb")
    with log:
        child = subprocess.Popen(words, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    bench.children.append(child)
    return child


def asked(url):
    """What a server answers; None: nothing yet."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.read().decode()
    except OSError:
        return None


class Prometheus:
    """Debian's, with the rules of docs/examples. It asks the node exporter for the files in a directory,
    and whatever else listens."""

    def __init__(self, bench, textfiles, **others):
        root = unpacked(bench, "prometheus", "prometheus-node-exporter")
        self.promtool = os.path.join(root, "usr/bin/promtool")
        node, port = free_port(), free_port()
        start(bench, os.path.join(root, "usr/bin/prometheus-node-exporter"),
              "--collector.disable-defaults", "--collector.textfile",
              "--collector.textfile.directory", textfiles, f"--web.listen-address=127.0.0.1:{node}")
        config = os.path.join(bench.dir, "prometheus.yml")
        with open(config, "w", encoding="utf-8") as file:
            json.dump({"global": {"scrape_interval": "1s"}, "rule_files": [rules_of(bench, "1s")],
                       "scrape_configs": [
                           {"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{number}"]}]}
                           for job, number in {"node": node, **others}.items()]}, file)
        assert not subprocess.run([self.promtool, "check", "config", config], check=False,
                                  stdout=subprocess.DEVNULL).returncode
        self.child = start(bench, os.path.join(root, "usr/bin/prometheus"), f"--config.file={config}",
                           f"--storage.tsdb.path={bench.dir}/tsdb",
                           f"--web.listen-address=127.0.0.1:{port}")
        self.base = f"http://127.0.0.1:{port}"

    def query(self, text):
        answer = asked(f"{self.base}/api/v1/query?query={urllib.parse.quote(text)}")
        return answer and json.loads(answer)["data"]["result"]

    def fires(self, alert):
        return [item["metric"] for item in
                self.query(f'ALERTS{{alertname="{alert}",alertstate="firing"}}') or []]


def rules_of(bench, interval):
    """A copy of the rules, which are looked at so often."""
    path = os.path.join(bench.dir, "rules.yml")
    with open(os.path.join(EXAMPLES, "kpl011.rules.yml"), encoding="utf-8") as file, \
         open(path, "w", encoding="utf-8") as to:
        to.write(file.read().replace("- name: kpl011\n", f"- name: kpl011\n  interval: {interval}\n"))
    return path


class OpenMetrics:
    """Serves what `kpl011 metrics` prints, as what it is: Prometheus has a parser for it."""

    def __init__(self, make):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):           # pylint: disable=invalid-name
                text = make().encode()
                self.send_response(200)
                self.send_header("Content-Type",
                                 "application/openmetrics-text; version=1.0.0; charset=utf-8")
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):  # pylint: disable=arguments-differ
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def end(self):
        self.server.shutdown()
        self.server.server_close()


@test
def metrics_are_scraped_and_a_rule_fires_on_a_panic(bench):
    """Debian's node exporter and Prometheus; with the rules of docs/examples."""
    daemon, web, path = counting(bench, "metrics-guests = yes\n")
    text = renewed(daemon, path)
    direct = OpenMetrics(lambda: metrics(bench, daemon, "--guests"))
    try:
        host = Prometheus(bench, os.path.dirname(path), direct=direct.server.server_port)
        checked = subprocess.run([host.promtool, "check", "metrics"], input=text.encode(), check=False,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert checked.returncode == 0, checked.stdout.decode()
        told = 'kpl011_alerts_total{alert="panic"}'
        # Both have it, and both took all of the names.
        wait_for("both scrapes", lambda: len(host.query(told) or []) == 2, 60)
        for job in ("node", "direct"):
            series = host.query(f'kpl011_guest_output_bytes_total{{job="{job}",port="2"}}')
            assert [item["metric"]["guest"] for item in series] == [HOSTILE], series
        assert not host.query('ALERTS{alertname="GuestPanicked"}')
        web.say(PANIC)
        daemon.wait_said("web1 (user ")
        renewed(daemon, path)
        wait_for("the rule", lambda: [metric for metric in host.fires("GuestPanicked")
                                      if metric["alert"] == "panic"], 60)
        assert host.query("up == 0") == []
        # A dashboard's queries are what Prometheus takes.
        with open(os.path.join(EXAMPLES, "kpl011-dashboard.json"), encoding="utf-8") as file:
            for panel in json.load(file)["panels"]:
                for target in panel.get("targets", []):
                    assert host.query(target["expr"].replace("$host", ".*")) is not None, target
    finally:
        direct.end()


def panics_told(path):
    with open(path, encoding="utf-8") as file:
        return value(parse(file.read(), textfile=True), "kpl011_alerts_total", alert="panic")


@test
def a_panic_right_behind_a_restart_of_the_daemon_fires_the_rule(bench):
    """Nobody has seen the counter in between: it is one more all the same, also after a kill."""
    daemon, web, path = counting(bench)
    web.say(PANIC)
    daemon.wait_said("web1 (user ")
    renewed(daemon, path)
    assert panics_told(path) == 1
    host = Prometheus(bench, os.path.dirname(path))
    told = 'kpl011_alerts_total{alert="panic"}'
    # It has been 1 ever since.
    wait_for("two scrapes", lambda: (host.query(f"count_over_time({told}[5m]) > 1") or []) and
             not host.fires("GuestPanicked"), 60)
    host.child.send_signal(signal.SIGSTOP)
    daemon.kill()
    daemon.start()
    bench.port(3, "web3", PANIC, attach_ns=13, uid=1000)
    daemon.wait_said("web3 (user ")
    renewed(daemon, path)
    host.child.send_signal(signal.SIGCONT)
    wait_for(lambda: f"the rule; it has {panics_told(path)}", lambda: host.fires("GuestPanicked"), 60)


@test
def the_rule_on_failures_fires_for_what_lasts(bench):
    promtool = os.path.join(unpacked(bench, "prometheus"), "usr/bin/promtool")
    rules = rules_of(bench, "15s")
    firing = 'count by (alertname, alertstate, severity) (ALERTS)'

    def at(time, state=None):
        labels = f'{{alertname="ConsoleDaemonFails", alertstate="{state}", severity="ticket"}}'
        return {"expr": firing, "eval_time": time,
                "exp_samples": [{"labels": labels, "value": 1}] if state else []}
    cases = os.path.join(bench.dir, "cases.yml")
    with open(cases, "w", encoding="utf-8") as file:
        json.dump({"rule_files": [rules], "evaluation_interval": "15s", "tests": [
            {"interval": "1m", "promql_expr_test": [at("1m"), at("10m", "pending"), at("20m", "firing"),
                                                    at("45m")],
             "input_series": [{"series": 'kpl011_failures{instance="a"}',
                               "values": "0 0 2+0x30 0+0x30"}]}]}, file)
    result = subprocess.run([promtool, "test", "rules", cases], check=False, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)
    assert result.returncode == 0, result.stdout.decode()
