# SPDX-License-Identifier: GPL-2.0-only
# What the cases of guest conformance share. Each guest runs twice: as NAME,
# attached, and as NAME.own, which is not and so has QEMU's own PL011. A session
# leads one of the two through its checks; then claim() compares what came of it.
# shellcheck shell=bash disable=SC2154

is_own() {
	case $1 in *.own) ;; *) false ;; esac
}

# begin GUEST KIND [QEMU ARGUMENT...]: starts it, as process $pid. Nothing of it
# has run before it is attached, with $attach_options, or its output is read.
begin() {
	local guest=$1 kind=$2
	shift 2
	if is_own "$guest"; then
		# QEMU takes a file for the outward pipe as well.
		rm -f "/tmp/$guest.in"
		mkfifo "/tmp/$guest.in"
		: >"/tmp/$guest.out"
		pid=$(guest start "$guest" "$kind" -S -chardev "pipe,id=wire,path=/tmp/$guest" \
			-serial chardev:wire "$@") || return
	else
		pid=$(guest start "$guest" "$kind" -S "$@") || return
		# shellcheck disable=SC2086
		kpl011 attach $attach_options "$pid" || return
	fi
	qmp "$guest" '{"execute": "cont"}'
}
attach_options=
export LC_ALL=C # bytes, not characters

# A fault of QEMU's that several cases meet.
all_8_bits='its characters always have 8 bits'

# qmp GUEST COMMAND: QEMU has carried it out.
qmp() {
	local replies=$work/$1.qmp
	: >"$replies"
	{
		printf '%s\n' '{"execute": "qmp_capabilities"}' "$2"
		wait_for 30 qmp_answered "$replies" >&2
	} | socat -t 0 - "UNIX-CONNECT:/tmp/$1.qmp" >"$replies" || return
	! grep '"error"' "$replies"
}

qmp_answered() {
	[ "$(grep -cE '"(return|error)"' "$1")" -ge 2 ]
}

# type_at GUEST TEXT: with the escapes of C.
type_at() {
	if is_own "$1"; then
		# Opened both ways, so that it does not wait for a QEMU that is gone.
		printf '%b' "$2" 1<>"/tmp/$1.in"
	else
		kpl011 send --escapes "$1" "$2"
	fi
}

break_at() {
	if is_own "$1"; then
		qmp "$1" '{"execute": "chardev-send-break", "arguments": {"id": "wire"}}'
	else
		kpl011 send --break "$1"
	fi
}

# output_of GUEST: all that it has printed.
output_of() {
	if is_own "$1"; then
		cat "/tmp/$1.out"
	else
		kpl011 log "$1"
	fi
}

# newest GUEST: how many bytes that is.
newest() {
	if is_own "$1"; then
		stat -c %s "/tmp/$1.out"
	else
		field "$1" tx_newest
	fi
}

# since GUEST: what it has printed since "from" was set to newest.
from=0
since() {
	if is_own "$1"; then
		tail -c "+$((from + 1))" "/tmp/$1.out"
	else
		kpl011 log --from "$from" "$1"
	fi
}

# prints GUEST SECONDS TEXT: it does, within that time, after "from". To look is
# work for the host, too: what takes long is looked for less often.
prints() {
	local end=$((SECONDS + PATIENCE * $2)) tenths=2
	until has_printed "$1" "$3"; do
		[ $SECONDS -lt $end ] || fail "$1 did not print: $3" || return
		sleep $((tenths / 10)).$((tenths % 10))
		[ $tenths -ge 15 ] || tenths=$((tenths + 1))
	done
}

# Reads to the end: who writes is not to be cut off.
has_printed() {
	[ "$(since "$1" | grep -caF -- "$2")" != 0 ]
}

# says_to GUEST TEXT SECONDS ANSWER: types it, and the guest prints that.
says_to() {
	from=$(newest "$1")
	type_at "$1" "$2"
	prints "$1" "$3" "$4"
}

# follow GUEST SECONDS: the same, up to its end or for so long.
follow() {
	if is_own "$1"; then
		timeout "$(patient "$2")" tail -s 0.1 --pid="$pid" -c +1 -f "/tmp/$1.out" 2>/dev/null
	else
		timeout "$(patient "$2")" kpl011 log -f "$1"
	fi
}

# record GUEST CHECK [WHY]: what a session found: that it holds, or why it does not.
record() {
	if [ $# -gt 2 ]; then
		echo "not ok $2: $3"
	else
		echo "ok $2"
	fi >>"$work/$1.results"
}

# step GUEST CHECK COMMAND...: records whether it succeeds.
step() {
	local guest=$1 check=$2 status began=$SECONDS
	shift 2
	# Not as a condition, where bash ignores set -e.
	(set -e; "$@") >"$work/$guest.step" 2>&1
	status=$?
	echo "$check: $status, $((SECONDS - began)) s"
	cat "$work/$guest.step"
	if [ "$status" = 0 ]; then
		record "$guest" "$check"
	else
		record "$guest" "$check" "$(tail -n 1 "$work/$guest.step")"
	fi
	return "$status"
}

# both SESSION NAME [ARG...]: runs it with NAME and with NAME.own, in the
# background.
both() {
	local session=$1 guest=$2
	shift 2
	start_session "$session" "$guest" "$@"
	start_session "$session" "$guest.own" "$@"
}

# So many at once: more make each other slow. The first goes before the others, for
# it takes longest.
sessions_max=4
sessions_nice=0
start_session() {
	while [ "$(jobs -rp | wc -l)" -ge "$sessions_max" ]; do
		wait -n
	done
	: >"$work/$2.results"
	run_session "$@" &
	sessions_nice=10
}

run_session() {
	local began=$SECONDS
	renice -n "$sessions_nice" -p "$BASHPID" >/dev/null
	"$@" >"$work/$2.session" 2>&1
	echo "# $2: a session of $((SECONDS - began)) s"
}

# result GUEST CHECK: ok, or why not.
result() {
	local why
	why=$(sed -n "s/^not ok $2: //p" "$work/$1.results")
	if [ -n "$why" ]; then
		echo "${why%%$'\n'*}"
	elif grep -qx "ok $2" "$work/$1.results"; then
		echo ok
	else
		echo 'it never came to that'
	fi
}

# times GUEST CHECK N LINE: a check of both holds only if this line was printed
# so often; line: once; whole: if it is all that was printed.
times() {
	local guest
	for guest in "$1" "$1.own"; do
		[ "$(output_of "$guest" | tr -d '\r' | grep -caxF -- "$4")" = "$3" ] ||
			record "$guest" "$2" 'what it printed is not as it should be'
	done
}

line() {
	times "$1" "$2" 1 "$3"
}

whole() {
	local guest
	for guest in "$1" "$1.own"; do
		[ "$(output_of "$guest")" = "$3" ] ||
			record "$guest" "$2" 'what it printed is not as it should be'
	done
}

# claim GUEST CHECK TEXT [FAULT]: the check holds with the module; with QEMU's own
# PL011, too, if that was tried, unless it has that fault, which a PL011 has not.
claim() {
	local ours own=ok
	ours=$(result "$1" "$2")
	[ ! -e "$work/$1.own.results" ] || own=$(result "$1.own" "$2")
	if [ "$ours" != ok ]; then
		not_ok "$3" "$1" "$ours"
	elif [ "$own" != ok ] && [ -z "${4:-}" ]; then
		not_ok "$3 (QEMU's own PL011)" "$1.own" "$own"
	else
		echo "ok $3"
		[ "$own" = ok ] || echo "#   QEMU's own PL011 does not: $own: $4"
	fi
}

# not_ok TEXT GUEST WHY
not_ok() {
	echo "not ok $1"
	{
		echo "$3"
		cat "$work/$2.session"
		output_of "$2" | tail -n 20
	} | sed 's/^/#   /' | tr -cd '\t\n -~'
	failed=$((failed + 1))
}
