# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# The compiler of a newer Debian, for kernels that the machine's own cannot build for.

chroot_root=$lab/chroot

compiler_chroot() {
	local packages=(make coreutils dash sed grep mawk findutils diffutils bash
		usr-is-merged base-files kmod gzip xz-utils perl-base pahole libelf1t64 libssl3t64)
	if [ "$machine" = arm64 ]; then
		packages+=(gcc)
	else
		packages+=(gcc-aarch64-linux-gnu)
	fi
	apt_use trixie "$machine"
	apt_fetch_all "${packages[@]}"
	rm -rf "$chroot_root.new"
	unpack "$chroot_root.new"
	mkdir -p "$chroot_root.new"/{dev,proc,tmp,etc}
	ln -s mawk "$chroot_root.new/usr/bin/awk"
	rm -rf "$chroot_root"
	mv "$chroot_root.new" "$chroot_root"
}

# in_chroot COMMAND...: runs it there, with the checkout where it is outside
in_chroot() {
	local rights=()
	[ "$(id -u)" = 0 ] || rights=(--map-root-user)
	mkdir -p "$chroot_root$top"
	# shellcheck disable=SC2016
	unshare --mount "${rights[@]}" sh -euc '
		root=$1 top=$2
		shift 2
		mount --bind "$top" "$root$top"
		mount --rbind /dev "$root/dev"
		exec chroot "$root" /usr/bin/env PATH=/usr/bin:/usr/sbin LC_ALL=C HOME=/ "$@"
	' sh "$chroot_root" "$top" "$@"
}
