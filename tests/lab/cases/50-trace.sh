# SPDX-License-Identifier: GPL-2.0-only
# What a guest does to its UART, as `kpl011 trace` prints it.
# shellcheck shell=bash disable=SC2154

instances=/sys/kernel/tracing/instances

# trace_start FILE ARG...: in the background, and active when this returns. A
# shell has what it starts there ignore the keyboard's signals.
tracer=
trace_start() {
	local file=$1
	shift
	rm -f "$work/$file" "$work/$file.err"
	env --default-signal=INT,QUIT kpl011 trace "$@" >"$work/$file" 2>"$work/$file.err" &
	tracer=$!
	echo "$tracer" >>"$work/tracers"
	wait_for 20 is_tracing "$work/$file.err"
}

# Those of a case that did not hold.
end_tracers() {
	local pid
	[ -e "$work/tracers" ] || return 0
	while read -r pid; do
		[ "$(cat "/proc/$pid/comm" 2>/dev/null)" = kpl011 ] || continue
		kill -TERM "$pid"
		kill -CONT "$pid"
	done <"$work/tracers"
	rm -f "$work/tracers"
}

try_trace() {
	try "$@"
	end_tracers
}

# It said so, for whatever guest.
is_tracing() {
	[ -e "/proc/$tracer" ] || fail "$(cat "$1")" || exit 1
	grep -q '^kpl011: tracing ' "$1"
}

# trace_ends STATUS: by itself, with that exit status.
trace_ends() {
	local status=0
	wait_for 60 gone_or_zombie "$tracer"
	wait "$tracer" || status=$?
	[ "$status" = "$1" ] || fail "exit $status instead of $1"
}

gone_or_zombie() {
	! grep -q '^State:[[:space:]]*[^Z]' "/proc/$1/status" 2>/dev/null
}

# trace_stop [SIGNAL]: and it dies of it.
trace_stop() {
	local signal=${1:-INT} number
	number=$(kill -l "$signal")
	kill -s "$signal" "$tracer"
	trace_ends $((128 + number))
}

says_in() {
	grep -qF -- "$2" "$work/$1" || fail "not said: $2: $(cat "$work/$1")"
}

lines_in() {
	[ "$(wc -l <"$work/$1")" -ge "$2" ]
}

nothing_is_left() {
	[ -z "$(ls "$instances")" ] || fail "left: $(ls "$instances")"
}

# A guest that waits to be resumed is attached from its first access on.
held_guest() {
	guest start "$1" "$2" -S
	kpl011 attach "$1"
}

resume() {
	rm -f "$work/qmp.$1"
	{
		printf '%s\n' '{"execute":"qmp_capabilities"}' '{"execute":"cont"}'
		wait_for 20 resumed "$1"
	} | socat - "UNIX-CONNECT:/tmp/$1.qmp" >"$work/qmp.$1"
}

resumed() {
	[ "$(grep -c '"return"' "$work/qmp.$1")" -ge 2 ]
}

# The bare-metal reference: a 32-bit store for each character.
reference() {
	printf 'Hello World\n' | od -An -v -w1 -t u1 | sed 's/^ */write offset 0 value /'
}

hello_is_the_reference() {
	held_guest hello hello
	trace_start hello hello
	resume hello
	wait_for 20 lines_in hello 12
	kill -9 "$(pid_of hello)"
	trace_ends 0
	reference >"$work/reference"
	[ "$(wc -l <"$work/reference")" = 12 ]
	[ "$(head -n 1 "$work/reference")" = 'write offset 0 value 72' ]
	[ "$(tail -n 1 "$work/reference")" = 'write offset 0 value 10' ]
	cmp "$work/reference" "$work/hello" || fail "$(cat "$work/hello")"
}
try_trace 'the trace of a guest that says Hello World is the reference, byte for byte' \
	hello_is_the_reference

told_that_it_is_gone() {
	says_in hello.err 'the VM of hello is gone'
	nothing_is_left
}
try_trace 'the trace ends with its guest, says so, and leaves no instance' told_that_it_is_gone

of_the_dead() {
	expect_exit 7 timeout "$(patient 60)" kpl011 trace hello
	says 'hello'
	says 'kpl011 log'
}
try_trace 'a dead guest cannot be traced' of_the_dead

names_and_counts() {
	held_guest named hello
	trace_start named --names --counts named
	resume named
	wait_for 20 lines_in named 12
	trace_stop INT
	[ "$(head -n 1 "$work/named")" = "write DR 0x48 'H'" ]
	[ "$(tail -n 1 "$work/named")" = "write DR 0x0a '\\n'" ]
	[ "$(wc -l <"$work/named")" = 12 ]
	grep -qE '^ +DR +0 +12$' "$work/named.err" || fail "$(cat "$work/named.err")"
	says_in named.err '0 events lost'
	nothing_is_left
}
try_trace '--names tells registers and characters; --counts counts them, also upon Ctrl-C' \
	names_and_counts

every_signal() {
	local signal
	for signal in INT TERM HUP QUIT; do
		trace_start signal named
		[ -d "$instances/kpl011-trace-$tracer" ]
		trace_stop "$signal"
		nothing_is_left
	done
}
try_trace 'no signal that can be caught leaves an instance behind' every_signal

killed_trace() {
	local stale other
	trace_start killed named
	stale=$tracer
	kill -9 "$stale"
	wait "$stale" 2>/dev/null || true
	[ -d "$instances/kpl011-trace-$stale" ]
	mkdir "$instances/kpl011-trace-mine"
	trace_start other named
	other=$tracer
	[ ! -d "$instances/kpl011-trace-$stale" ] || fail 'still there'
	# What is in use, or is not ours, stays.
	trace_start another named
	[ -d "$instances/kpl011-trace-$other" ]
	trace_stop
	tracer=$other
	trace_stop
	[ "$(ls "$instances")" = kpl011-trace-mine ] || fail "$(ls "$instances")"
	rmdir "$instances/kpl011-trace-mine"
}
try_trace 'what kill -9 leaves behind is removed by the next trace, and nothing else' killed_trace

several_guests() {
	held_guest left hello
	held_guest right hello
	trace_start several left right
	says_in several.err 'tracing left'
	says_in several.err 'tracing right'
	resume left
	resume right
	wait_for 20 lines_in several 24
	kill -9 "$(pid_of left)"
	wait_for 20 grep -q 'VM of left is gone' "$work/several.err"
	kill -9 "$(pid_of right)"
	trace_ends 0
	for name in left right; do
		sed -n "s/^$name: //p" "$work/several" | cmp "$work/reference" ||
			fail "$(cat "$work/several")"
	done
	[ "$(wc -l <"$work/several")" = 24 ]
}
try_trace 'of several guests each line has its name, and the trace ends with the last' several_guests

one_guest_of_two() {
	held_guest one hello
	guest start flood flood
	kpl011 attach flood
	trace_start one one
	filter=$(cat "$instances/kpl011-trace-$tracer/events/kpl011/kpl011_write/filter")
	[ "$filter" = "(port == $(field one id))" ] || fail "$filter"
	resume one
	wait_for 20 lines_in one 12
	wait_for 60 sent_more_than flood $(($(field flood tx_newest) + 1000))
	trace_stop TERM
	cmp "$work/reference" "$work/one"
}
try_trace 'what another guest does meanwhile is not even recorded' one_guest_of_two

some_lines() {
	local began ended
	began=$(date +%s)
	kpl011 trace -t -n 100 flood >"$work/some" 2>"$work/some.err"
	ended=$(date +%s)
	[ "$(wc -l <"$work/some")" = 100 ]
	! grep -vE '^[-0-9]{10}T[:0-9]{8}\.[0-9]{6}[+-][0-9]{2}:[0-9]{2} write offset 0 value [0-9]+$' \
		"$work/some" || fail 'other lines'
	# And the time is that of the clock on the wall.
	local told
	told=$(date -d "$(tail -n 1 "$work/some" | sed 's/T/ /; s/\..*//')" +%s)
	[ "$told" -ge "$began" ] || fail "$told before $began"
	[ "$told" -le "$ended" ] || fail "$told after $ended"
	nothing_is_left
}
try_trace '-n ends the trace after so many lines, and -t tells the time' some_lines

closed_pipe() {
	local status=0
	timeout "$(patient 60)" kpl011 trace flood 2>"$work/closed.err" | head -n 1 >"$work/closed" || status=$?
	[ "$(wc -l <"$work/closed")" = 1 ]
	[ "$status" = 141 ] || fail "exit $status"
	nothing_is_left
}
try_trace 'a trace that nobody reads any more ends' closed_pipe

# The printed values, as the guest sent them.
guest_bytes() {
	awk '{ printf "%c", $NF }' "$1"
}

# Each of the CPUs' buffers then has some of every part.
in_order() {
	local cpu=0 sent
	sent=$(field flood tx_newest)
	trace_start order --buffer 16M -n 20000 flood
	kill -STOP "$tracer"
	until sent_more_than flood $((sent + 20000)); do
		taskset -a -c -p "$cpu" "$(pid_of flood)"
		cpu=$((1 - cpu))
	done >/dev/null
	kill -CONT "$tracer"
	trace_ends 0
	taskset -a -p 3 "$(pid_of flood)" >/dev/null
	! grep lost "$work/order.err" || fail 'events were lost'
	guest_bytes "$work/order" >"$work/order.bytes"
	whole_lines "$work/order.bytes"
	lines_follow_each_other "$work/order.bytes.whole"
}
try_trace 'a guest that moves from CPU to CPU is traced in order' in_order

# All that the guest did since it was held: printed, or told to be lost.
lost_events() {
	sed -n 's/^kpl011: lost \([0-9]*\) events.*/\1/p' "$work/slow.err" | awk '{ n += $1 } END { print n + 0 }'
}

all_is_told() {
	[ $(($(wc -l <"$work/slow") + $(lost_events))) = "$1" ]
}

losses_are_counted() {
	local before after
	hold flood
	before=$(field flood writes)
	trace_start slow --buffer 64k flood
	kill -STOP "$tracer"
	release flood
	wait_for 120 sent_more_than flood $((before + 20000))
	hold flood
	after=$(field flood writes)
	kill -CONT "$tracer"
	wait_for 30 all_is_told $((after - before)) ||
		fail "$(wc -l <"$work/slow") + $(lost_events), not $((after - before))"
	[ "$(lost_events)" -gt 0 ]
	trace_stop INT
	says_in slow.err "$(lost_events) events lost"
	release flood
}
try_trace 'a tracer that is too slow tells exactly how many events were lost' losses_are_counted

waits_for_nobody() {
	local sent
	rm -f "$work/full"
	mkfifo "$work/full"
	exec 7<>"$work/full"
	kpl011 trace flood >"$work/full" 2>"$work/full.err" &
	tracer=$!
	echo "$tracer" >>"$work/tracers"
	wait_for 20 is_tracing "$work/full.err"
	release flood
	sent=$(field flood tx_newest)
	# Many times what pipe and program hold; nobody reads a line.
	wait_for 120 sent_more_than flood $((sent + 30000))
	kill -TERM "$tracer"
	trace_ends 143
	exec 7<&-
	nothing_is_left
}
try_trace 'with a full pipe the guest goes on, and a signal still ends the trace' waits_for_nobody

held_guest steps steps >/dev/null
kill -9 "$(pid_of flood)"

last_is() {
	[ "$(tail -n 1 "$work/steps")" = "$1" ]
}

steps() {
	trace_start steps --names --writes --events line,break,flow steps
	resume steps
	wait_for 20 last_is 'line low'
	kpl011 send --break steps
	# The guest sends back what it receives: of a break the 0.
	wait_for 20 last_is "write DR 0x00 '\\0'"
	# More than the queue and the FIFO hold, less than what is then refilled.
	hold steps
	head -c 2200 /dev/zero | tr '\0' x >"$work/xs"
	kpl011 send steps --file "$work/xs" &
	local sender=$!
	wait_for 20 last_is 'flow full'
	release steps
	wait "$sender"
	wait_for 60 lines_in steps 2215
	trace_stop
	cat >"$work/steps.want" <<-'END'
	write LCR_H 0x71 BRK|FEN|WLEN8
	break sent
	write LCR_H 0x70 FEN|WLEN8
	write DR 0x41 'A'
	write 0x001 0x42
	write DR 0x43 'C'
	write 0x000 0x1122334455667744 (8 bytes)
	write IMSC 0x20 TX
	line high
	write IMSC 0x00
	line low
	break received
	write DR 0x00 '\0'
	flow full
	flow room
	END
	grep -v "^write DR 0x78 'x'$" "$work/steps" | diff "$work/steps.want" -
	[ "$(grep -c "^write DR 0x78 'x'$" "$work/steps")" = 2200 ]
	# And the one store that is no access to a register sent nothing.
	[ "$(kpl011 log steps | head -c 2)" = AC ]
}
try_trace '--events tells of the interrupt line, of breaks both ways, and of the queue' steps

only_reads() {
	kpl011 trace --reads -n 20 steps >"$work/reads" 2>/dev/null
	[ "$(grep -c '^read offset 24 value [0-9]*$' "$work/reads")" = 20 ] || fail "$(cat "$work/reads")"
	kpl011 trace --names --register RIS,fr -n 20 steps >"$work/reads" 2>/dev/null
	[ "$(grep -c '^read FR 0x[0-9a-f]* TXFE|RXFE' "$work/reads")" = 20 ] || fail "$(cat "$work/reads")"
	# The guest sends back each one before it reads the next.
	trace_start reads --names --reads --register 0 steps
	trace_start both --names --reads --writes --register DR steps
	kpl011 send --break steps
	kpl011 send steps z
	wait_for 20 lines_in both 4
	wait_for 20 lines_in reads 2
	end_tracers
	printf '%s\n' "read DR 0x500 '\\0' FE|BE" "write DR 0x00 '\\0'" \
		"read DR 0x7a 'z'" "write DR 0x7a 'z'" >"$work/want"
	diff "$work/want" "$work/both"
	grep read "$work/want" | diff - "$work/reads"
}
try_trace '--reads and --register choose what is printed' only_reads
hold steps

not_root() {
	setpriv --reuid 1000 --regid 1000 --groups "$(stat -c %g /dev/kvm)" sh -c '
		guest start mine hello >/dev/null && kpl011 attach mine >/dev/null'
	expect_exit 6 setpriv --reuid 1000 --regid 1000 --clear-groups \
		timeout "$(patient 60)" kpl011 trace mine
	says '/sys/kernel/tracing'
	says 'Permission denied'
	says 'root'
	nothing_is_left
}
try_trace 'a user who is not root is told that tracing is for root' not_root

no_tracefs() {
	local unmount='umount /sys/kernel/tracing && umount /sys/kernel/debug'
	expect_exit 1 timeout "$(patient 60)" unshare -m sh -c "$unmount && kpl011 trace mine"
	says 'tracefs is not mounted'
	says 'mount -t tracefs'
	# Nor does it mount anything, which would stay.
	expect_exit 1 timeout "$(patient 60)" unshare -m sh -c "$unmount; kpl011 trace mine; grep tracefs /proc/mounts"
}
try_trace 'without tracefs it says how to mount it' no_tracefs

other_module() {
	mkdir -p "$work/empty"
	expect_exit 5 timeout "$(patient 60)" unshare -m sh -c \
		"mount --bind $work/empty /sys/kernel/tracing/events/kpl011 && kpl011 trace mine"
	says 'older than the program'
	nothing_is_left
}
try_trace 'a module without trace events is told' other_module

too_much() {
	local memory
	memory=$(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo)
	expect_exit 1 timeout "$(patient 60)" kpl011 trace --buffer "${memory}k" mine
	says "cannot allocate buffers of $memory KiB"
	says '--buffer'
	nothing_is_left
}
try_trace 'buffers that the kernel cannot give are told, and nothing is left' too_much
