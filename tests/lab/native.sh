# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# An arm64 machine with /dev/kvm is its own host: the module is built for its kernel and
# loaded, and the command runs on it, as root. What the host would have in its file system is
# laid over the machine's own, for the command alone, and gone with it.

native_run() {
	local module_loaded=0 status=0
	[ "$icount" = 0 ] || { say "--icount: not on a machine's own KVM"; exit 2; }
	[ "$gic" = 3 ] || { say "--gic: not on a machine's own KVM"; exit 2; }
	[ "$kvm" = 1 ] || { say "--no-kvm: this machine has KVM; set KPL011_LAB_EMULATE=1"; exit 2; }
	"$lab_src/setup" --kernel "$kernel" || exit 121
	"$top/tests/need" qemu-system-arm qemu-utils socat || exit 121
	built=$lab/native
	if [ "$product" = 1 ]; then
		"$top/tests/need" "linux-headers-$(uname -r)" gcc make pkg-config libevent-dev \
			libjansson-dev libtracefs-dev libtraceevent-dev libvterm-dev libpcre2-dev \
			libinih-dev libncurses-dev libzstd-dev zlib1g-dev \
			|| exit 121
		make -s -C "$top" module console BUILD="$built" >&2 || exit 121
	fi
	run_dir_make
	trap 'run_dir_remove' EXIT
	run_stage "$@"
	native_rights=()
	[ "$(id -u)" = 0 ] || native_rights=(sudo)
	if [ "$load_module" = 1 ] && [ ! -e /dev/kpl011/control ]; then
		# shellcheck disable=SC2086
		"${native_rights[@]}" insmod "$built/kpl011.ko" $parameters ||
			{ say "the module could not be loaded"; exit 123; }
		module_loaded=1
	fi
	native_command || status=$?
	[ "$module_loaded" = 0 ] || "${native_rights[@]}" rmmod kpl011 ||
		say "the module is still in use"
	return "$status"
}

# In a mount namespace, with the machine's file system below and this run's on top of it.
native_command() {
	# shellcheck disable=SC2016
	"${native_rights[@]}" timeout --foreground -k 10 "$timeout" unshare --mount sh -euc '
		run=$1 share=$2
		mount -t tmpfs lab "$run/disk/share"
		mkdir "$run/disk/share/upper" "$run/disk/share/work" "$run/disk/share/root"
		root=$run/disk/share/root
		mount -t overlay -o "lowerdir=/,upperdir=$run/disk/share/upper,workdir=$run/disk/share/work" \
			lab "$root"
		for dir in dev proc sys run tmp home; do
			mount --rbind "/$dir" "$root/$dir"
		done
		cp -a "$run/disk/add/usr/." "$root/usr/"
		for entry in "$run"/disk/add/*; do
			[ -L "$entry" ] || [ "${entry##*/}" = usr ] || cp -a "$entry" "$root/"
		done
		mkdir -p "$root/share" "$root/guests"
		mount --bind "$run/disk/guests" "$root/guests"
		[ -z "$share" ] || mount --bind "$share" "$root/share"
		cp "$run/disk/command" "$root/command"
		exec chroot "$root" sh /command
	' sh "$run" "$share"
}
