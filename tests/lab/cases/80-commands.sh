# SPDX-License-Identifier: GPL-2.0-only
# What scripts do with a real guest: wait for it, type, keep and look at what it said.
# shellcheck shell=bash disable=SC2154

start_watch
boots() {
	guest start linux linux
	wait_for 30 field_is linux state live
	kpl011 expect linux --cursor "$work/cursor" --timeout "$(patient 240)" 'guest# '
}
try 'expect waits for the prompt of a guest that boots' boots

answers() {
	# shellcheck disable=SC2016
	kpl011 expect linux --cursor "$work/cursor" --timeout "$(patient 60)" --send 'echo $((6*7)) is it' \
		--enter '(?m)^never$' '(?m)^42 is it' >"$work/match" || status=$?
	[ "${status:-0}" = 22 ] || fail "exit ${status:-0} instead of 22 for the second pattern"
	grep -q '42 is it' "$work/match"
}
try 'expect types, and says by its exit status which pattern it was' answers

times_out() {
	expect_exit 11 kpl011 expect linux --timeout 1 'nobody prints this'
	says linux
}
try 'expect gives up in time, and says on which guest' times_out

stamped() {
	kpl011 log --timestamps=iso --clean linux >"$work/stamped"
	grep -aE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T.* 42 is it' "$work/stamped"
	kpl011 log --since=-1h linux | grep -qa '42 is it'
	[ -z "$(kpl011 log --until=-1h linux)" ]
}
try 'log has the times of the lines, and is cut by them' stamped

# As in a container, whose clock may be ahead of the host's or behind.
with_clock() {
	unshare --fork --time --boottime "$@"
}
in_time_namespaces() {
	local offset
	for offset in 1000000 "-$(cut -d. -f1 /proc/uptime)"; do
		with_clock "$offset" kpl011 log --since=-1h linux | grep -qa '42 is it'
		[ -z "$(with_clock "$offset" kpl011 log --until=-1h linux)" ]
		rm -f "$work/elsewhere"
		with_clock "$offset" kpl011 expect linux --cursor "$work/elsewhere" \
			--timeout "$(patient 60)" '42 is it'
		# Behind that there is none.
		expect_exit 11 with_clock "$offset" kpl011 expect linux --cursor "$work/elsewhere" \
			--timeout 1 '42 is it'
	done
}
try 'log finds times, and expect its cursor, in time namespaces' in_time_namespaces

recorded() {
	kpl011 record --kept linux "$work/cast"
	head -n 1 "$work/cast" | grep -q '"version": *2'
	kpl011 play --speed 1000 "$work/cast" | tr -d '\r' | grep -qax '42 is it'
}
try 'what is kept is recorded, and played again' recorded

on_a_pty() {
	kpl011 pty --link "$work/tty" linux &
	local pty=$!
	wait_for 20 [ -e "$work/tty" ]
	socat -t 2 - "$work/tty,raw,echo=0" < <(printf 'echo through a p""ty\r'; sleep 2) \
		>"$work/came" &
	wait_for 30 grep -qa 'through a pty' "$work/came"
	kill "$pty"
	wait "$pty" || true
	[ ! -e "$work/tty" ]
}
try 'a pty of its own carries both ways, and goes with the command' on_a_pty

# In place of the shell that it has: who logs in has no password.
logs_in() {
	kpl011 expect linux --cursor "$work/cursor" --timeout "$(patient 60)" --enter 'guest login: $' \
		--send 'echo root::0:0:root:/:/bin/sh >/etc/passwd; exec login'
	kpl011 expect linux --cursor "$work/cursor" --timeout "$(patient 60)" --send root --enter '/ # '
	# shellcheck disable=SC2016
	kpl011 expect linux --cursor "$work/cursor" --timeout "$(patient 60)" --send 'echo I am $USER.' --enter \
		'(?m)^I am root\.'
}
try 'expect logs in' logs_in

ends() {
	# By one command: the next one may be too late for this guest, and wait for another.
	expect_exit 7 kpl011 expect linux --timeout "$(patient 60)" --send 'poweroff -f' --enter \
		'nobody prints this'
}
try 'expect tells the end of a guest' ends

stop_watch
no_guests
kpl011 reap --all >/dev/null
