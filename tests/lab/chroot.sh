# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# The compiler of a newer Debian, for kernels that the machine's own cannot build for.

chroot_root=$lab/chroot

compiler_chroot() {
	local packages=(make coreutils dash sed grep mawk findutils diffutils bash
		usr-is-merged base-files kmod gzip xz-utils perl-base pahole libelf1t64 libssl3t64
		gcc libc6-dev bc bison flex libelf-dev libssl-dev)
	[ "$machine" = arm64 ] || packages+=(gcc-aarch64-linux-gnu)
	apt_use trixie "$machine"
	apt_fetch_all "${packages[@]}"
	rm -rf "$chroot_root.new"
	unpack "$chroot_root.new"
	mkdir -p "$chroot_root.new"/{dev,proc,tmp,etc}
	ln -s mawk "$chroot_root.new/usr/bin/awk"
	rm -rf "$chroot_root"
	mv "$chroot_root.new" "$chroot_root"
}

# build_chroot RELEASE ARCH CONTROL: what makes Debian packages for ARCH in that release, and
# what the file CONTROL wants for it (Build-Depends): of this machine's own kind, in $chroot_root.
# Installed by its own dpkg, which knows afterwards which library is in which package.
build_chroot() {
	local release=$1 arch=$2 source file packages=() new=$chroot_root.new
	apt_use "$release" "$machine"
	source=$(mktemp -d)
	mkdir "$source/debian"
	cp "$3" "$source/debian/control"
	apt_fetch_for "$arch" "$source"
	rm -rf "$source"
	[ "$arch" = "$machine" ] || packages+=("crossbuild-essential-$arch")
	for file in "${apt_files[@]##*/}"; do
		case $file in
		*_"$arch".deb) packages+=("${file%%_*}:$arch") ;;
		*) packages+=("${file%%_*}") ;;
		esac
	done
	(
		IFS=,
		apt_sources "$release" | env -u APT_CONFIG mmdebstrap --quiet --variant=buildd \
			--architectures="$machine,$arch" --include="${packages[*]}" \
			--aptopt='Acquire::Retries "3"' "$release" "$new.tar" - >"$apt_dir/log" 2>&1
	) || { tail -n 15 "$apt_dir/log" >&2; die "mmdebstrap failed, see above"; }
	rm -rf "$new"
	mkdir "$new"
	as_owner tar -x --no-same-owner -p -C "$new" --exclude './dev/*' -f "$new.tar"
	rm -rf "$new.tar" "$chroot_root"
	mv "$new" "$chroot_root"
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
