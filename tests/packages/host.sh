# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# What the scripts share that run in the lab's host with Debian's own userland: its apt, what is
# on its disk, and a user and his guest. Beside tests/lab/cases/lib.sh.

kernel=$(uname -r)
aside= # a folder that state and own_files leave out

apt() {
	apt-get -y -q -o Dpkg::Use-Pty=0 "$@" >"$work/apt" 2>&1 || {
		tail -n 30 "$work/apt"
		return 1
	}
}

# use_repository FOLDER: the only one apt knows
use_repository() {
	echo "deb [trusted=yes] file:$1 ./" >/etc/apt/sources.list
	apt update
}

# All that is on the root file system, but for what apt, dpkg and systemd keep of their own
# work, and the key that DKMS made for itself.
state() {
	find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp \
		-o -path /lab -o -path /share -o -path /guests -o -path /var/cache -o -path /var/tmp \
		-o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/log/apt \
		-o -path /var/log/journal -o -path /var/lib/systemd -o -path '/var/lib/dkms/mok.*' \
		-o -path /var/log/dpkg.log -o -path /var/log/alternatives.log \
		-o -path /root/.cache -o -path "$aside" \) -prune -o \
		! -type d -printf '%y %m %u:%g %s %p %l\n' -o -type d -printf '%y %m %u:%g %p\n' | sort
	find /etc /lib/modules/"$kernel"/ /usr/lib/udev /usr/lib/systemd -xdev -type f \
		-exec sha256sum {} +
}

own_files() {
	find / -xdev \( -path /tmp -o -path /lab -o -path /share -o -path /guests -o -path /run \
		-o -path /proc -o -path /sys -o -path /dev -o -path /var/lib/apt/lists \
		-o -path /var/cache/apt -o -path "$aside" \) -prune -o -name '*kpl011*' -print
}

module_version() {
	cat /sys/module/kpl011/version
}

as_user() {
	runuser -u user -- "$@"
}

control_is_of_kvm() {
	udevadm settle
	[ "$(stat -c '%U:%G %a' /dev/kpl011/control)" = 'root:kvm 660' ] ||
		fail "$(stat -c '%U:%G %a' /dev/kpl011/control)"
}

user_attaches() {
	as_user kpl011 watch >"$work/watch.log" 2>&1 &
	wait_for 20 pgrep -u user -x kpl011
	wait_for 20 netlink_open "$(pgrep -u user -x kpl011)"
	as_user guest start web hello
	wait_for 120 as_user_printed web 'Hello World'
	[ "$(as_user kpl011 log web)" = 'Hello World' ]
	port=$(kpl011 list --json | tr -d ' ",' | awk -F: '$1 == "id" { print $2; exit }')
	[ "$(stat -c '%U %a' "/dev/kpl011/$port")" = 'user 600' ]
}

as_user_printed() {
	as_user kpl011 log "$1" 2>/dev/null | grep -qF "$2"
}

end_guest() {
	pkill -u user -x kpl011 || true
	kill -9 "$(cat /tmp/web.pid)"
	wait_for 20 gone "$(cat /tmp/web.pid)"
	rm -f /tmp/web.pid
	wait_for 20 nothing_lives
	kpl011 reap --all
}

log_is_clean() {
	! dmesg | grep -E 'WARNING|BUG|Oops|Call trace|hung task' || fail 'the kernel log above'
}
