# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154,SC2034
# The folder and the disk of one run. The disk brings the command, the product and the shared
# folder into the host, and the shared folder back.

# A lock is held as long as a run lives, so that the next one can tell what was left behind
# by one that was killed.
run_dir_make() {
	local old
	mkdir -p "$lab/runs" "$lab/log"
	for old in "$lab"/runs/*; do
		[ -d "$old" ] || continue
		! flock -n "$old/lock" true 2>/dev/null || rm -rf "$old"
	done
	run=$(mktemp -d "$lab/runs/XXXXXX")
	exec 8>"$run/lock"
	flock 8
	log=$lab/log/${run##*/}.log
	find "$lab/log" -name '*.log' -mtime +1 -delete
}

run_dir_remove() {
	rm -rf "$run"
}

# run_stage COMMAND...: gathers in $run/disk what the host gets
run_stage() {
	local disk=$run/disk pair guest_kernel
	mkdir -p "$disk"/{add/usr/{bin,sbin,lib/kpl011},guests,share}
	ln -s usr/{bin,sbin,lib} "$disk/add/" # as in the host, where it is copied over
	printf '%s\n' "$*" >"$disk/command"
	cp "$lab_src"/{init,init.sh,tty-command} "$disk/"
	if [ -n "${debian:-}" ]; then
		cp "$lab_src/userland-init" "$disk/init"
		cp "$lab_src/userland-service" "$disk/service"
	fi
	cp "$lab_src"/{guest,host-state} "$disk/add/usr/bin/"
	# The Linux guest runs the host's own kernel, unless that is a slow one or it is told another.
	cp "$lab"/guests/* "$lab/$lab_guest_kernel/image/Image" "$disk/guests/"
	for guest_kernel in "${guest_kernels[@]}"; do
		cp "$lab/$guest_kernel/image/Image" "$disk/guests/Image-$guest_kernel"
	done
	if [ "$product" = 1 ]; then
		cp "$built/kpl011.ko" "$disk/add/usr/lib/kpl011/"
		[ ! -e "$built/provoke/provoke.ko" ] || cp "$built/provoke/provoke.ko" "$disk/add/usr/lib/kpl011/"
		[ ! -e "$built/kpl011" ] || cp "$built/kpl011" "$disk/add/usr/bin/"
	fi
	for pair in "${add[@]}"; do # SRC:DST
		[ -e "${pair%%:*}" ] || { say "--add: no ${pair%%:*}"; return 1; }
		mkdir -p "$disk/add/$(dirname "${pair#*:}")"
		cp -aT "${pair%%:*}" "$disk/add/${pair#*:}"
	done
}

# run_disk_make COMMAND...: $run/disk.img
run_disk_make() {
	local disk=$run/disk
	run_stage "$@"
	[ -z "$share" ] || cp -a "$share/." "$disk/share/"
	cat >"$disk/settings" <<-EOF
	load_module=$load_module
	parameters='$parameters'
	tty=$tty
	term='${TERM:-dumb}'
	EOF
	[ "$tty" = 0 ] || stty size | sed 's/\(.*\) \(.*\)/rows=\1 columns=\2/' >>"$disk/settings"
	truncate -s "$(($(du -sm "$disk" | cut -f 1) * 5 / 4 + 1024))M" "$run/disk.img"
	as_owner mke2fs -q -t ext4 -L lab-run -m 0 -E root_owner=0:0 -d "$disk" "$run/disk.img"
	rm -rf "$disk"
}

# share_back: what the host wrote. Replays the journal first, if the host was cut off.
share_back() {
	e2fsck -fy "$run/disk.img" >/dev/null 2>&1 || true
	debugfs -R "rdump /share $run" "$run/disk.img" >/dev/null 2>&1
	cp -aT "$run/share" "$share"
}
