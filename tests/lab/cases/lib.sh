# SPDX-License-Identifier: GPL-2.0-only
# What the cases share; runs in the emulated host. A case is a function that
# fails by its exit status; try() runs it and says `ok` or `not ok`.
# shellcheck shell=bash

failed=0
PATIENCE=${PATIENCE:-1} # how many times as slow as usual the host may be
TRY_TIME=${TRY_TIME:-$((600 * PATIENCE))} # seconds that one try() may take
work=/tmp/cases
mkdir -p "$work"

# try NAME FUNCTION [ARG...]: the claim that NAME states holds.
try() {
	local name=$1 out=$work/try.out began=$SECONDS status
	shift
	# Not as a condition, where bash ignores set -e.
	(echo "$BASHPID $SECONDS $TRY_TIME" >"$work/try.now"; set -e; "$@") >"$out" 2>&1
	status=$?
	rm "$work/try.now"
	echo "$((SECONDS - began)) s: $name" >>"$work/times"
	if [ "$status" = 0 ]; then
		echo "ok $name"
	else
		echo "not ok $name"
		tail -n 25 "$out" | sed 's/^/#   /' | tr -cd '\t\n -~'
		[ ! -e "$work/try.late" ] || sed 's/^/#   /' "$work/try.late" | tr -cd '\t\n -~'
		rm -f "$work/try.late"
		failed=$((failed + 1))
	fi
}

# In the background: a case that does not end is ended, and what it waited for is told.
end_late_tries() {
	local pid began limit
	while sleep 5; do
		read -r pid began limit 2>/dev/null <"$work/try.now" || continue
		[ $((SECONDS - began)) -ge "$limit" ] || continue
		{
			echo "not ended within $limit s; what the host did then:"
			host-state
		} >"$work/try.late" 2>&1
		# It may have come to its end meanwhile, and another begun.
		if grep -qs "^$pid " "$work/try.now"; then
			kill -9 "$pid"
		else
			rm -f "$work/try.late"
		fi
	done
}

# Says why a case fails, and fails.
fail() {
	echo "$*"
	return 1
}

# patient SECONDS: as many on a host that is as slow as it may be
patient() {
	echo $((PATIENCE * $1))
}

# wait_for SECONDS COMMAND...: until it succeeds; fails when the time is over, on a host as
# slow as it may be. To ask is work for the host, too: what takes long is asked less often, and
# by who waits for an hour least of all.
wait_for() {
	local end=$((SECONDS + PATIENCE * $1)) tenths=2 most=10
	[ "$1" -le 600 ] || most=50
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || fail "not within the time: $*" || return 1
		sleep $((tenths / 10)).$((tenths % 10))
		[ $tenths -ge $most ] || tenths=$((tenths + 1))
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

# comes GUEST SECONDS TEXT [OPTION...]: the guest has printed it, or does within the time. Who
# waits sleeps, and leaves the host's CPUs to the guest.
comes() {
	kpl011 expect "$1" --timeout "$(patient "$2")" "${@:4}" "\\Q$3\\E" >/dev/null
}

# comes_line GUEST SECONDS LINE: the same, as a line of its own.
comes_line() {
	kpl011 expect "$1" --timeout "$(patient "$2")" "^\\Q$3\\E\$" >/dev/null
}

# printed GUEST TEXT: the guest has.
printed() {
	kpl011 log "$1" 2>/dev/null | tr -d '\r' | grep -qaF -- "$2"
}

# printed_line GUEST LINE: the guest has, as a line of its own.
printed_line() {
	kpl011 log "$1" 2>/dev/null | tr -d '\r' | grep -qaxF -- "$2"
}

larger_than() {
	[ -e "$1" ] && [ "$(wc -c <"$1")" -gt "$2" ]
}

# field GUEST KEY: of `kpl011 list --json`, a number or a string without blanks.
field() {
	kpl011 list --json | tr -d ' ",' | awk -F: -v guest="$1" -v key="$2" '
		/^[{]/ { name = ""; value = "" }
		$1 == "name" { name = $2 }
		$1 == key { value = $2 }
		/^[}]/ && name == guest { found = value }
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

# U-Boot polls its UART at the prompt and so keeps a CPU busy: hold it while
# others are to be quick.
hold() {
	kill -STOP "$(pid_of "$1")"
}

release() {
	kill -CONT "$(pid_of "$1")"
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

# A console on a terminal of its own: console_open GUEST, then type_keys and
# seen; console_close GUEST.
console_job=
console_open() {
	rm -f "$work/keys.$1"
	mkfifo "$work/keys.$1"
	socat - "EXEC:kpl011 console $1,pty,setsid,ctty,stderr" \
		<"$work/keys.$1" >"$work/screen.$1" 2>&1 &
	console_job=$!
	exec 8>"$work/keys.$1"
	wait_for 20 seen "$1" "Connected to $1"
}

type_keys() {
	# shellcheck disable=SC2059
	printf "$1" >&8
}

console_close() {
	exec 8>&-
	wait "$console_job" 2>/dev/null || true
	rm -f "$work/keys.$1"
}

# seen GUEST TEXT: on the console's screen; seen_line: as a line of its own.
seen() {
	tr -d '\r' <"$work/screen.$1" | grep -qaF -- "$2"
}

seen_line() {
	tr -d '\r' <"$work/screen.$1" | grep -qaxF -- "$2"
}

# in_linux COMMAND [SECONDS]: the Linux guest's shell carries it out.
mark=0
in_linux() {
	mark=$((mark + 1))
	# The quotes keep the mark from being found in the echo of the line.
	comes linux "${2:-60}" "mark-$mark-$BASHPID" --send "$1; echo mark'-'$mark-$BASHPID" --enter
}

# paste_into_linux FILE: into cat; the guest must then have the same bytes.
paste_into_linux() {
	in_linux 'stty -echo'
	kpl011 send --enter linux 'cat > /tmp/pasted'
	kpl011 send linux --file "$1"
	kpl011 send --escapes linux '\x04'
	in_linux 'stty echo'
	in_linux 'sha256sum /tmp/pasted' 120
	printed linux "$(sha256sum <"$1" | cut -d' ' -f1)"
}

# output_of_linux FILE: what the guest's /tmp/big was when it came out of the
# console. Fails if that is not what the guest has.
output_of_linux() {
	local follower
	kpl011 log -f -n 0 linux >"$work/big" 2>"$work/big.err" &
	follower=$!
	in_linux "stty -opost; echo be'gin'; cat /tmp/big; echo en'd'; stty opost" 240
	kill "$follower"
	wait "$follower" 2>/dev/null || true
	[ ! -s "$work/big.err" ] || fail "$(cat "$work/big.err")" || return 1
	sed -n '/^begin$/,/^end$/p' "$work/big" | sed '1d;$d' >"$1"
	# Asked for now: before, it would be out of the history again.
	in_linux 'sha256sum /tmp/big'
	printed linux "$(sha256sum <"$1" | cut -d' ' -f1)" || fail "$(wc -c <"$1") other bytes"
}

# Lines of the flood guest: 64 bytes each, numbered without a gap.
lines_follow_each_other() {
	# The 1 before it: some awks take a number that begins with 0 for octal.
	awk '{ number = "1" $1 }
	     length($0) == 63 && $2 ~ /^abc/ && (NR == 1 || number + 0 == last + 1) { last = number; next }
	     { print "line " NR ": " $0; bad++ }
	     END { exit bad || NR < 100 }' "$1"
}

# Leaves whole lines only in FILE.whole: the first and the last may be cut.
whole_lines() {
	sed '1d;$d' "$1" >"$1.whole"
}

sent_more_than() {
	[ "$(field "$1" tx_newest)" -gt "$2" ]
}

qemu_saw_nothing() {
	[ -e "/tmp/$1.serial" ] && [ ! -s "/tmp/$1.serial" ]
}
