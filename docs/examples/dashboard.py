#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Prints kpl011-dashboard.json, a dashboard of Grafana's for a fleet of hosts with kpl011.

Usage: docs/examples/dashboard.py > docs/examples/kpl011-dashboard.json

A panel is a title, a unit and queries with what their lines are called. $host chooses hosts;
those of single guests need metrics-guests = yes, see kpl011.conf(5).
"""

import json

HOST = '{instance=~"$host"}'

ROWS = [
    ("Alerts", [
        ("Panics in the last hour", "short", "stat",
         [('sum(increase(kpl011_alerts_total{instance=~"$host",alert="panic"}[1h]))', "panics")]),
        ("Alerts", "short", "timeseries",
         [(f"sum by (alert) (increase(kpl011_alerts_total{HOST}[5m]))", "{{alert}}")]),
        ("Commands of alerts that failed", "short", "timeseries",
         [(f"sum by (instance) (increase(kpl011_alert_command_failures_total{HOST}[5m]))",
           "{{instance}}")]),
    ]),
    ("Guests", [
        ("Guests", "short", "timeseries",
         [(f"sum by (state) (kpl011_guests{HOST})", "{{state}}")]),
        ("Output", "Bps", "timeseries",
         [(f"sum by (instance) (rate(kpl011_output_bytes_total{HOST}[5m]))", "{{instance}}")]),
        ("Interrupts", "ops", "timeseries",
         [(f"sum by (instance) (rate(kpl011_interrupts_total{HOST}[5m]))", "{{instance}}")]),
        ("Lost by guests that nobody waited for", "Bps", "timeseries",
         [(f"sum by (instance) (rate(kpl011_lost_bytes_total{HOST}[5m]))", "{{instance}}")]),
        ("Held up by readers", "percentunit", "timeseries",
         [(f"rate(kpl011_reader_stall_seconds_total{HOST}[5m])", "{{instance}}")]),
        ("The ten guests that print most", "Bps", "timeseries",
         [(f"topk(10, rate(kpl011_guest_output_bytes_total{HOST}[5m]))",
           "{{guest}} of {{user}}, {{instance}}")]),
    ]),
    ("Logs", [
        ("Logs on the disk, of what they may have", "percentunit", "timeseries",
         [(f"kpl011_log_bytes{HOST} / kpl011_log_budget_bytes{HOST}", "{{instance}}")]),
        ("Logged", "Bps", "timeseries",
         [(f"sum by (log) (rate(kpl011_logged_bytes_total{HOST}[5m]))", "{{log}}")]),
        ("Lost before they could be logged", "bytes", "timeseries",
         [(f"sum by (instance, log) (increase(kpl011_log_lost_bytes_total{HOST}[5m]))",
           "{{instance}} {{log}}")]),
        ("Behind", "bytes", "timeseries",
         [(f"topk(10, kpl011_guest_log_behind_bytes{HOST})",
           "{{guest}} of {{user}}, {{log}}, {{instance}}")]),
        ("Removed, by which limit", "bytes", "timeseries",
         [(f"sum by (limit) (increase(kpl011_removed_bytes_total{HOST}[1h]))", "{{limit}}")]),
        ("What fails", "short", "timeseries",
         [(f"kpl011_log_failing{HOST}", "logs of {{instance}}"),
          (f"kpl011_journal_unsent{HOST}", "journal of {{instance}}"),
          (f"kpl011_failures{HOST}", "other things on {{instance}}"),
          (f"1 - kpl011_daemon_running{HOST}", "no daemon on {{instance}}")]),
        ("Age of what is told", "s", "timeseries",
         [(f"time() - kpl011_report_time_seconds{HOST}", "{{instance}}")]),
    ]),
]


def panel(number, place, what):
    title, unit, kind, queries = what
    return {
        "id": number, "type": kind, "title": title,
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "gridPos": {"h": 8, "w": 8, "x": 8 * (place % 3), "y": 0},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": [{"refId": chr(ord("A") + i), "expr": query, "legendFormat": legend}
                    for i, (query, legend) in enumerate(queries)],
    }


def panels():
    number = 1
    for title, row in ROWS:
        yield {"id": number, "type": "row", "title": title, "collapsed": False, "panels": [],
               "gridPos": {"h": 1, "w": 24, "x": 0, "y": 0}}
        number += 1
        for place, what in enumerate(row):
            yield panel(number, place, what)
            number += 1


def placed():
    """Each panel below those before it."""
    y = 0
    for item in panels():
        if item["type"] == "row" or item["gridPos"]["x"] == 0:
            y += 1 if item["type"] == "row" else 8
        item["gridPos"]["y"] = y - (0 if item["type"] == "row" else 8)
        yield item


def main():
    print(json.dumps({
        "title": "kpl011", "uid": "kpl011", "schemaVersion": 38, "version": 1, "editable": True,
        "tags": ["kpl011"], "refresh": "30s", "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [
            {"name": "datasource", "type": "datasource", "query": "prometheus"},
            {"name": "host", "type": "query", "multi": True, "includeAll": True, "allValue": ".*",
             "datasource": {"type": "prometheus", "uid": "${datasource}"},
             "query": "label_values(kpl011_build_info, instance)", "refresh": 2}]},
        "panels": list(placed()),
    }, indent=1))


if __name__ == "__main__":
    main()
