# SPDX-License-Identifier: GPL-2.0-only
# What the cases share; runs in the emulated host. A case is a function that
# fails by its exit status; try() runs it and says `ok` or `not ok`.
# shellcheck shell=bash

failed=0
work=/tmp/cases
mkdir -p "$work"

# try NAME FUNCTION [ARG...]: the claim that NAME states holds.
try() {
	local name=$1 out=$work/try.out
	shift
	if (set -e; "$@") >"$out" 2>&1; then
		echo "ok $name"
	else
		echo "not ok $name"
		tail -n 25 "$out" | sed 's/^/#   /' | tr -cd '\t\n -~'
		failed=$((failed + 1))
	fi
}

# Says why a case fails, and fails.
fail() {
	echo "$*"
	return 1
}

# wait_for SECONDS COMMAND...: until it succeeds; fails when the time is over.
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || fail "not within the time: $*" || return 1
		sleep 0.1
	done
}

# expect_exit STATUS COMMAND...: it ends with that status. What it said to
# standard error is in $work/err.
expect_exit() {
	local want=$1 got=0
	shift
	"$@" >"$work/out" 2>"$work/err" || got=$?
	cat "$work/err"
	[ "$got" = "$want" ] || fail "exit $got instead of $want: $*"
}

# says TEXT: the last expect_exit's standard error has it.
says() {
	grep -qF -- "$1" "$work/err" || fail "not said: $1"
}

# printed GUEST TEXT: the guest has.
printed() {
	kpl011 log "$1" 2>/dev/null | tr -d '\r' | grep -qaF -- "$2"
}

# field GUEST KEY: of `kpl011 list --json`, a number or a string without blanks.
field() {
	kpl011 list --json | tr -d ' ",' | awk -F: -v guest="$1" -v key="$2" '
		/^{/ { name = ""; value = "" }
		$1 == "name" { name = $2 }
		$1 == key { value = $2 }
		/^}/ && name == guest { found = value }
		END { print found }'
}

field_is() {
	[ "$(field "$1" "$2")" = "$3" ]
}

# vm_stat PID STATISTIC: KVM's own count for the VM of the process.
vm_stat() {
	cat /sys/kernel/debug/kvm/"$1"-*/"$2"
}

pid_of() {
	cat "/tmp/$1.pid"
}

# The guests of a case are ended, and their ports forgotten, before the next.
no_guests() {
	local pidfile pid
	for pidfile in /tmp/*.pid; do
		[ -e "$pidfile" ] || continue
		pid=$(cat "$pidfile")
		kill -9 "$pid" 2>/dev/null || true
		wait_for 20 gone "$pid"
		rm -f "$pidfile"
	done
	wait_for 20 nothing_lives
	kpl011 reap --all >/dev/null
}

gone() {
	[ ! -e "/proc/$1" ]
}

nothing_lives() {
	! kpl011 list --json | grep -q '"state": *"live"'
}

watch_pid=
start_watch() {
	kpl011 watch >"$work/watch.log" 2>&1 &
	watch_pid=$!
	wait_for 10 netlink_open "$watch_pid"
}

# The program listens to KVM's announcements.
netlink_open() {
	local fd
	for fd in /proc/"$1"/fd/*; do
		case $(readlink "$fd") in
		socket:*) return 0 ;;
		esac
	done
	return 1
}

stop_watch() {
	kill "$watch_pid"
	wait "$watch_pid" 2>/dev/null || true
}
