# SPDX-License-Identifier: GPL-2.0-only
# The daemon on real VMs: every byte from the first one on, whatever becomes of the daemon.
# STARTS guests are started for the first byte, LOG_KB printed for the rest: 200 and 100000
# take hours.
# shellcheck shell=bash disable=SC2154

STARTS=${STARTS:-3}
LOG_KB=${LOG_KB:-300}
TRY_TIME=$((TRY_TIME + LOG_KB / 5 + STARTS * 60))
logs=/tmp/logs
bin=$(command -v kpl011)
cat >"$work/kpl011.conf" <<-END
[daemon]
directory = $logs
[defaults]
history = 16M
rotate-size = $((LOG_KB / 8 + 32))k
log = raw
END

# daemon_start [PROGRAM]: returns when it hears of VMs
daemon_start() {
	"${1:-$bin}" daemon --config "$work/kpl011.conf" >>"$work/daemon.log" 2>&1 &
	echo $! >"$work/daemon.pid"
	wait_for 30 netlink_open "$(cat "$work/daemon.pid")"
}

# daemon_end [SIGNAL]: cases are in shells of their own, and cannot wait for each other's.
daemon_end() {
	kill -s "${1:-TERM}" "$(cat "$work/daemon.pid")"
	wait_for 30 is_over "$(cat "$work/daemon.pid")"
}

is_over() {
	local state
	[ -e "/proc/$1" ] || return 0
	state=$(cut -d ' ' -f 3 "/proc/$1/stat" 2>/dev/null || echo Z)
	[ "$state" = Z ]
}

# all_of GUEST: what is in its logs, the oldest first
all_of() {
	local file
	for file in $(find "$logs" -maxdepth 1 -name "$1.log.*" | sort); do
		case $file in
		*.zst) zstd -qdc "$file" ;;
		*) cat "$file" ;;
		esac
	done
	cat "$logs/$1.log"
}

are_compressed() {
	[ "$(find "$logs" -name "$1.log.*.zst" | wc -l)" -ge "$2" ]
}

log_has() {
	[ -e "$logs/$1.log" ] && [ "$(all_of "$1" | wc -c)" -ge "$2" ]
}

# What hello prints when nothing is attached.
reference() {
	guest start reference hello >/dev/null
	wait_for 60 grep -q World /tmp/reference.serial
	cp /tmp/reference.serial "$work/reference"
	no_guests
}

first_bytes() {
	local i size
	size=$(wc -c <"$work/reference")
	for ((i = 0; i < STARTS; i++)); do
		guest start first hello >/dev/null
		wait_for 60 log_has first $((size * (i + 1)))
		no_guests
		all_of first | tail -c "$size" | cmp - "$work/reference" || fail "start $i"
		[ "$(all_of first | wc -c)" = $((size * (i + 1))) ] || fail "start $i: more than it printed"
	done
}

first_bytes_of_run() {
	local i run
	daemon_end
	for ((i = 0; i < STARTS; i++)); do
		kpl011 run --timeout "$(patient 60)" -- qemu-system-aarch64 -M virt,gic-version=host -accel kvm \
			-cpu host -m 64 -nodefaults -nographic -monitor none -serial null -name run \
			-pidfile /tmp/run.pid -kernel /guests/hello.bin </dev/null &
		run=$!
		wait_for 60 printed run World
		# What ends it ends QEMU.
		kill "$run"
		wait "$run"
		wait_for 20 field_is run state dead
		kpl011 log run | cmp - "$work/reference" || fail "start $i"
		kpl011 reap run >/dev/null
		rm -f /tmp/run.pid
	done
	daemon_start
}

prints_on() {
	field "$1" tx_newest
}

# By what it is: the line with that number, and the next.
flood_text() {
	busybox seq 0 $(($1 / 64 + 1)) | awk '{
		printf "%08d abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.\n", $1 }' |
		head -c "$1"
}

# A third of it before each kill, and the last third after an upgrade.
killed_twice_and_upgraded() {
	local bytes=$((LOG_KB * 1024)) reader
	guest start flood flood >/dev/null
	wait_for 60 field_is flood state live
	# A reader that never comes back for more.
	kpl011 log -f flood > >(exec sleep 100000) &
	reader=$!
	wait_for $((LOG_KB / 10 + 300)) sent_more_than flood $((bytes / 4))
	daemon_end KILL
	wait_for $((LOG_KB / 10 + 300)) sent_more_than flood $((bytes / 4 + 20000))
	daemon_start
	wait_for $((LOG_KB / 10 + 300)) sent_more_than flood $((bytes / 2))
	daemon_end KILL
	daemon_start
	wait_for $((LOG_KB / 10 + 300)) sent_more_than flood $((bytes * 3 / 4))
	# Another program takes its place.
	daemon_end
	cp "$bin" "$work/kpl011-new"
	daemon_start "$work/kpl011-new"
	wait_for $((LOG_KB / 10 + 300)) sent_more_than flood "$bytes"
	hold flood
	bytes=$(prints_on flood)
	wait_for 600 log_has flood "$bytes"
	kill "$reader"
	# Compressed when there is time for it.
	wait_for 120 are_compressed flood 3 || fail "$(ls -l "$logs")"
	[ "$(all_of flood | sha256sum)" = "$(flood_text "$bytes" | sha256sum)" ] ||
		fail "$(all_of flood | wc -c) bytes of $bytes: $(all_of flood | cmp - <(flood_text "$bytes"))"
	echo "$bytes bytes"
}

reference
mkdir -p "$logs"
daemon_start
try 'the daemon logs a guest from its first byte on' first_bytes
try 'run has a guest from its first byte on' first_bytes_of_run
try 'logs are whole over rotations, two kills and an upgrade, beside a reader that stalls' \
	killed_twice_and_upgraded
daemon_end
no_guests
