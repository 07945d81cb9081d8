# SPDX-License-Identifier: GPL-2.0-only
# A Linux guest at work on its serial port; the guest's half is guest-check.
# shellcheck shell=bash disable=SC2154

# linux_session GUEST KERNEL SWAP BYTES LINES: a guest with that kernel. So many bytes go both
# ways at once, and one way after the other; two CPUs print so many lines each.
linux_session() {
	local guest=$1 kernel=$2 swap=$3 bytes=$4 lines=$5 pid
	attach_options='--ring 4M'
	# A second CPU only makes the rest slower.
	GUEST_KERNEL=$kernel GUEST_APPEND='earlycon printk.devkmsg=on maxcpus=1' \
		begin "$guest" linux -smp 2 -no-reboot || return
	step "$guest" boot linux_boots || return
	step "$guest" whole_boot linux_boot_is_whole
	step "$guest" stty linux_stty
	step "$guest" words_out linux_words
	step "$guest" words_in linux_words_came
	step "$guest" login linux_login
	step "$guest" break linux_break
	step "$guest" sysrq linux_sysrq
	step "$guest" flow linux_take 4096 crtscts
	step "$guest" take linux_take "$bytes"
	step "$guest" give linux_give "$bytes"
	echo "$swap" >"$work/$guest.swap"
	step "$guest" swap linux_swap "$swap"
	step "$guest" lockups linux_lockups
	step "$guest" print linux_print "$lines"
	step "$guest" carrier linux_carrier
	step "$guest" reboot linux_reboot
}

linux_boots() {
	prints "$guest" 300 'guest# '
	has_printed "$guest" 'Booting Linux on physical CPU'
	has_printed "$guest" 'earlycon: pl11 at MMIO'
	has_printed "$guest" 'is a PL011 rev'
}

# What the kernel remembers of its boot was printed, each line whole and once.
linux_boot_is_whole() {
	since "$guest" | tr -d '\r' >"$work/$guest.boot"
	says_to "$guest" 'dmesg -r; echo dm-"esg"\r' 60 dm-esg
	since "$guest" | tr -d '\r' >"$work/$guest.dmesg"
	# Not the level; what is for the log only (7); a line that tells, on both, that
	# one console takes over from another.
	awk '
		/console \[/ { next }
		FNR == NR { printed[$0]++; next }
		sub(/^ *<[0-6]>/, "") { logged[$0]++; lines++ }
		END {
			for (line in logged)
				if (printed[line] != logged[line]) {
					print printed[line] + 0 " times: " line
					exit 1
				}
			if (lines < 100) {
				print lines + 0 " lines only"
				exit 1
			}
		}' "$work/$guest.boot" "$work/$guest.dmesg"
}

linux_stty() {
	says_to "$guest" 'check stty\r' 120 'stty: 32 settings'
}

linux_words() {
	local bits
	says_to "$guest" 'check words\r' 30 'send for cs5'
	for bits in 5 6 7 8; do
		prints "$guest" 30 "send for cs$bits"
		type_at "$guest" '\xf1\xb2\xd3'
	done
	prints "$guest" 30 'words: done'
	linux_has_line $'cs5 sends \x11\x12\x13'
	linux_has_line $'cs6 sends \x31\x32\x13'
	linux_has_line $'cs7 sends \x71\x32\x53'
	linux_has_line $'cs8 sends \xf1\xb2\xd3'
}

linux_words_came() {
	linux_has_line 'cs5 took 11 12 13'
	linux_has_line 'cs6 took 31 32 13'
	linux_has_line 'cs7 took 71 32 53'
	linux_has_line 'cs8 took f1 b2 d3'
}

linux_has_line() {
	[ "$(since "$guest" | tr -d '\r' | grep -caxF -- "$1")" = 1 ] || fail "no line $1"
}

# getty, login, job control, and out again.
linux_login() {
	says_to "$guest" 'exec getty -L 115200 ttyAMA0 vt100\r' 30 'guest login: '
	says_to "$guest" 'root\r' 30 '# '
	says_to "$guest" 'echo on $(tty)\r' 30 'on /dev/ttyAMA0'
	says_to "$guest" 'sleep 1000\r' 30 'sleep 1000'
	says_to "$guest" '\x03' 30 '# '
	says_to "$guest" 'echo ended-"by" $?\r' 30 'ended-by 130'
	says_to "$guest" 'sleep 1000\r' 30 'sleep 1000'
	says_to "$guest" '\x1a' 30 'Stopped'
	says_to "$guest" 'fg\r' 30 'sleep 1000'
	says_to "$guest" '\x03' 30 '# '
	says_to "$guest" 'echo er\x7f\x7freally\b\b and out\r' 30 'real and out'
	linux_logout
}

# At the next prompt, where the shell asks for the cursor: before, it does not read keys.
linux_logout() {
	prints "$guest" 30 $'\e[6n'
	says_to "$guest" '\x04' 30 'guest# '
}

# The same with a line whose carrier counts: without one, nobody can open it again.
linux_carrier() {
	says_to "$guest" 'exec getty 115200 ttyAMA0 vt100\r' 30 'guest login: '
	says_to "$guest" 'root\r' 30 '# '
	says_to "$guest" 'stty -a\r' 30 ' -clocal'
	linux_logout
}

# The first break begins a SysRq, the second is the terminal's.
linux_break() {
	says_to "$guest" 'check break\r' 30 'break: waiting'
	break_at "$guest"
	break_at "$guest"
	prints "$guest" 30 'break: interrupted'
}

linux_sysrq() {
	from=$(newest "$guest")
	break_at "$guest"
	type_at "$guest" h
	prints "$guest" 30 'sysrq: HELP'
}

# The bytes come from outside, to be taken by the guest in $1 pieces.
linux_sends() {
	if is_own "$guest"; then
		cat "$work/$guest.bytes" 1<>"/tmp/$guest.in"
	else
		kpl011 send "$guest" --file "$work/$guest.bytes"
	fi
}

linux_took() {
	prints "$guest" "$1" 'took: '
	has_printed "$guest" "took: $(sha256sum <"$work/$guest.bytes" | cut -d' ' -f1)" ||
		fail 'the guest got something else'
}

# Behind the line "begin" are as many bytes, with the sum that the guest told before.
linux_gave() {
	local at sum
	since "$guest" >"$work/$guest.given"
	at=$(grep -abom 1 '^begin$' "$work/$guest.given" | cut -d: -f1)
	sum=$(head -c "$((at + 6 + $1))" "$work/$guest.given" | tail -c "$1" | sha256sum)
	has_printed "$guest" "gives: ${sum%% *}" || fail 'something else came'
}

# linux_take BYTES [SETTING]
linux_take() {
	head -c "$1" /dev/urandom >"$work/$guest.bytes"
	says_to "$guest" "check take $*\\r" 30 'take: ready'
	linux_sends
	linux_took 600
}

linux_give() {
	says_to "$guest" "check give $1\\r" 900 'gave: all'
	linux_gave "$1"
}

linux_swap() {
	head -c "$1" /dev/urandom >"$work/$guest.bytes"
	says_to "$guest" "check swap $1\\r" 60 begin
	linux_sends
	linux_took 900
	linux_gave "$1"
}

# Each line of each CPU came, whole and in order.
linux_print() {
	local cpu i
	says_to "$guest" 'echo 1 >/sys/devices/system/cpu/cpu1/online; echo $(nproc) "CPUs"\r' \
		60 '2 CPUs'
	from=$(newest "$guest")
	type_at "$guest" "check print $1\\r"
	prints "$guest" 600 "kmsg 0 line $(($1 - 1)) jumps over the lazy dog"
	prints "$guest" 60 "kmsg 1 line $(($1 - 1)) jumps over the lazy dog"
	type_at "$guest" '\r'
	prints "$guest" 60 'print: done'
	since "$guest" | tr -d '\r' >"$work/$guest.printed"
	for cpu in 0 1; do
		for ((i = 0; i < $1; i++)); do
			echo "tty $cpu line $i the quick brown fox"
			echo "kmsg $cpu line $i jumps over the lazy dog"
		done >"$work/$guest.expected"
		sed -n 's/^\(\[ *[0-9.]*\] \)\?\(\(tty\|kmsg\) '$cpu' line .*\)/\2/p' \
			"$work/$guest.printed" | sort -s -k 1,1r >"$work/$guest.came"
		sort -s -k 1,1r "$work/$guest.expected" | diff - "$work/$guest.came"
	done
}

linux_reboot() {
	break_at "$guest"
	type_at "$guest" b
	wait_for 30 gone "$pid"
}

# A kernel that is kept from its timer for long says so; that is no fault of the bytes.
linux_lockups() {
	says_to "$guest" 'echo lockups: $(dmesg | grep -cE "soft lockup|detected stall") "told"\r' \
		60 ' told'
	since "$guest" | tr -d '\r' | sed -n 's/^lockups: \([1-9].*\) told$/\1/p' >"$work/$guest.lockups"
}

# linux_claims KERNEL: what came of its session.
linux_claims() {
	local guest=linux-$1 claim="Linux $1:"
	claim "$guest" boot "$claim boots on earlycon, then on its console"
	claim "$guest" whole_boot "$claim each line of its boot is printed once and whole"
	claim "$guest" stty "$claim stty of 8 speeds, 4 sizes, parities and stop bits"
	claim "$guest" words_out "$claim cs5 to cs8 are what is sent" "$all_8_bits"
	claim "$guest" words_in "$claim cs5 to cs8 are what is received" "$all_8_bits"
	claim "$guest" login "$claim getty, login, job control, erase, logout"
	claim "$guest" break "$claim a break interrupts the foreground job (BRKINT)"
	claim "$guest" sysrq "$claim break and h is SysRq help"
	claim "$guest" flow "$claim input with CRTSCTS is whole"
	claim "$guest" take "$claim input is whole"
	claim "$guest" give "$claim output is whole"
	claim "$guest" swap "$claim $(cat "$work/$guest.swap") bytes each way at once are whole"
	[ ! -s "$work/$guest.lockups" ] ||
		echo "#   its kernel told $(cat "$work/$guest.lockups") times of a CPU that was stuck meanwhile"
	claim "$guest" print "$claim what two CPUs print at once is whole, tty and printk"
	claim "$guest" carrier "$claim a line without CLOCAL can be opened again: there is a carrier" \
		'it shows no modem line'
	claim "$guest" reboot "$claim break and b resets the machine"
}
