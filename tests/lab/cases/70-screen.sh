# SPDX-License-Identifier: GPL-2.0-only
# The full-screen console in front of real guests, in a terminal of tmux: what its
# tests without a kernel cannot show.
# shellcheck shell=bash disable=SC2154

export LC_ALL=C.UTF-8

tm() {
	tmux -L cases -f /dev/null "$@"
}

# open_screen NAME [OPTION...]: another one, of 110 columns and 30 rows. One that is killed may
# leave half an escape sequence: ST ends it before the shell writes its line.
open_screen() {
	local name=$1
	shift
	tm new-session -d -s "$name" -x 110 -y 30 \
		"env XDG_STATE_HOME=/tmp/$name.state kpl011 $* 2>/tmp/$name.err
		printf '\\033\\\\\\r\\nleft with %s\\r\\n' \$?; sleep 1000"
}

# on_screen NAME TEXT: it is there now.
on_screen() {
	tm capture-pane -p -t "$1" | grep -qF -- "$2"
}

# shows NAME SECONDS TEXT
shows() {
	wait_for "$2" on_screen "$1" "$3" || {
		tm capture-pane -p -t "$1"
		return 1
	}
}

# keys NAME KEY...: as tmux names them; behind C-] they are kpl011's.
keys() {
	local name=$1
	shift
	tm send-keys -t "$name" "$@"
}

# goes_to NAME GUEST: brings that guest into the window.
goes_to() {
	local i
	for ((i = 0; i < 6; i++)); do
		! on_screen "$1" "│ $2  80x24" || return 0
		keys "$1" C-] n
		! wait_for 3 on_screen "$1" "│ $2  80x24" 2>/dev/null || return 0
	done
	fail "$2 did not come into the window"
}

empty() {
	open_screen main
	shows main 20 'No guests yet'
	on_screen main 'A VM that starts now gets one.'
}
try 'the screen without guests says what to do' empty

appear() {
	guest start linux linux
	guest start uboot uboot
	guest start flood flood
	shows main 30 '3 guests'
	# So that Linux boots.
	hold flood
	comes uboot 120 '=> '
	hold uboot
	# Which of them is found first, and so is in the window, is not said.
	goes_to main linux
	wait_for 240 on_screen main 'guest#'
	[ "$(field linux state) $(field uboot state) $(field flood state)" = 'live live live' ]
}
try 'VMs that start are attached by the screen, and appear in it' appear

# The ring of each that was read is in its memory.
mapped() {
	grep -q '/dev/kpl011/' "/proc/$(process_of main)/maps"
}
process_of() {
	tm list-panes -t "$1" -F '#{pane_pid}' | xargs pgrep -x kpl011 -P | head -n 1
}
try 'their bytes come from the mapped ring' mapped

first_byte() {
	# U-Boot prints a line end first of all, and its name after that.
	kpl011 log uboot | head -c 40 | tr -d '\r\n' | grep -q '^U-Boot'
}
try 'from their first byte' first_byte

shell() {
	keys main -l 'echo $((6*7)) from here'
	keys main Enter
	shows main 30 '42 from here'
}
try 'a shell in a guest answers what is typed' shell

size() {
	keys main C-] t
	shows main 30 'stty rows 24 cols 80'
	keys main -l 'stty size'
	keys main Enter
	shows main 30 '24 80'
}
try 'a key tells the guest the size of its screen' size

full_screen() {
	keys main -l 'vi /etc/passwd'
	keys main Enter
	shows main 30 '/etc/passwd'
	keys main -l ':q!'
	keys main Enter
	keys main -l 'echo vi is o""ver'
	keys main Enter
	shows main 30 'vi is over'
}
try 'a program of the guest draws on the full screen, and leaves it' full_screen

sysrq() {
	keys main C-] s
	shows main 10 'SysRq'
	keys main h
	shows main 30 'sysrq: HELP'
}
try 'the menu of SysRq keys reaches the kernel of the guest' sysrq

flooded() {
	release uboot
	release flood
	goes_to main flood
	shows main 20 'abcdefghijklmnopqrstuvwxyz'
	goes_to main uboot
	keys main -l 'echo typed amid a fl""ood'
	keys main Enter
	shows main 30 'typed amid a flood'
}
try 'a guest is typed at while another floods' flooded

other_screen() {
	goes_to main linux
	open_screen other
	shows other 20 '3 guests'
	goes_to other linux
	keys main -l 'echo from the first'
	keys main Enter
	shows main 30 'input: you'
	keys other -l 'x'
	# It names who holds the input, by the process.
	shows other 20 "$(process_of main)"
	keys other C-] i
	shows other 20 'input: you'
	shows main 20 "$(process_of other)"
	! on_screen main 'input: you'
}
try 'two screens on one guest: the one that types is named, and the input can be taken' other_screen

killed() {
	kill -9 "$(process_of other)"
	shows other 20 'left with 137'
	keys main C-] i
	shows main 20 'input: you'
	keys main -l 'echo and go""es on'
	keys main Enter
	shows main 30 'and goes on'
}
try 'one that is killed with -9 disturbs neither the guest nor the other screen' killed

times() {
	keys main C-] T
	# The kernel's marks: the line above has its time of day.
	wait_for 20 timed main 'and goes on'
	keys main C-] T
}
timed() {
	tm capture-pane -p -t "$1" | grep -qE "[0-9]{2}:[0-9]{2}:[0-9]{2}.* $2"
}
try 'lines have the times at which the kernel took them' times

dies() {
	goes_to main uboot
	kill -9 "$(pid_of uboot)"
	shows main 20 'uboot | gone'
	# Its last screen stays.
	on_screen main 'typed amid a flood'
	keys main -l 'x'
	field_is linux state live
}
try 'a guest that dies is marked, and its last screen stays' dies

comes_back() {
	guest start uboot uboot
	wait_for 120 live_again uboot
}
live_again() {
	field_is "$1" state live && on_screen main '4 guests'
}
try 'one of the same name that starts again is another guest' comes_back

leaves() {
	keys main C-] q
	shows main 20 'left with 0'
	[ ! -s /tmp/main.err ]
	field_is linux state live
	field_is flood state live
}
try 'leaving ends nothing, and all that was attached goes on' leaves

tm kill-server
no_guests
kpl011 reap --all >/dev/null
