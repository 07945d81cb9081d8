# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
# Debian packages for another architecture or release, fetched by a private apt: its sources,
# lists and cache are under build/, and it never installs. The machine's own apt settings
# (proxy, date checks) apply, and its own sources say which mirror is used.

# Prints "URI" of the machine's Debian archive with this label (Debian or Debian-Security).
apt_mirror() {
	local label=$1 uri
	# shellcheck disable=SC2016
	uri=$(env -u APT_CONFIG apt-get indextargets --format '$(LABEL) $(REPO_URI)' \
		'Created-By: Packages' 2>/dev/null | sed -n "s/^$label //p" | sort -u | head -n 1)
	[ -n "$uri" ] || case $label in
	Debian) uri=${KPL011_DEBIAN_MIRROR:-} ;;
	esac
	echo "$uri"
}

apt_sources() {
	local release=$1 main security options suites
	main=$(apt_mirror Debian)
	[ -n "$main" ] || die "apt knows no Debian archive here (apt-get indextargets lists none);" \
		"run apt-get update, or set KPL011_DEBIAN_MIRROR to the URI of a Debian mirror"
	security=$(apt_mirror Debian-Security)
	suites=("$release" "$release-updates" "$release-backports")
	[ "$release" != sid ] || suites=(sid) security=
	options="arch=arm64,$machine signed-by=/usr/share/keyrings/debian-archive-keyring.gpg"
	printf "deb [$options] $main %s main\n" "${suites[@]}"
	[ -z "$security" ] || echo "deb [$options] $security $release-security main"
}

# apt_use RELEASE ARCH: makes the private apt for ARCH packages of a Debian release current,
# with its package lists at most a day old. Exports APT_CONFIG.
apt_use() {
	local release=$1 arch=$2
	apt_dir=$lab/apt/$release-$arch
	apt_debs=$lab/apt/$release/archives
	mkdir -p "$apt_dir" "$lab/apt/$release/lists/partial" "$apt_debs/partial"
	: >"$apt_dir/status"
	cat >"$apt_dir/apt.conf" <<-EOF
	Dir::State "$lab/apt/$release";
	Dir::State::lists "lists";
	Dir::State::status "$apt_dir/status";
	Dir::Cache "$apt_dir";
	Dir::Cache::archives "$apt_debs";
	Dir::Cache::pkgcache "pkgcache.bin";
	Dir::Cache::srcpkgcache "srcpkgcache.bin";
	Dir::Etc::sourcelist "$lab/apt/$release/sources.list";
	Dir::Etc::sourceparts "/dev/null";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "/dev/null";
	APT::Architecture "$arch";
	APT::Architectures { "arm64"; "$machine"; };
	APT::Sandbox::User "root";
	APT::Install-Recommends "false";
	APT::Get::AllowUnauthenticated "false";
	Acquire::Retries "3";
	Acquire::Languages "none";
	EOF
	apt_sources "$release" >"$lab/apt/$release/sources.list"
	export APT_CONFIG=$apt_dir/apt.conf
	apt_update
}

# An archive without one of the suites is fine as long as the packages are found.
apt_update() {
	[ -z "$(find "${apt_debs%/*}/updated" -mmin -1440 2>/dev/null)" ] || return 0
	if apt-get -qq -o APT::Update::Error-Mode=any update >"$apt_dir/update.log" 2>&1; then
		touch "${apt_debs%/*}/updated"
		return
	fi
	say "the package lists could not all be fetched:"
	tail -n 5 "$apt_dir/update.log" >&2
	compgen -G "${apt_debs%/*}/lists/*Release" >/dev/null ||
		die "no package mirror was reached; check the network or apt's proxy, then try again"
}

# apt_newest PREFIX SUFFIX: the newest package called PREFIX<version>SUFFIX
apt_newest() {
	local name
	for name in $(apt-cache pkgnames "$1" | grep -E "^$1[0-9.]+[-+a-z0-9.~]*$2\$" | sort -rV); do
		if apt_has "$name:arm64"; then
			echo "$name"
			return
		fi
	done
}

apt_has() {
	[ -n "$(apt-cache show --no-all-versions "$1" 2>/dev/null)" ]
}

# apt_fetch PACKAGE...: downloads exactly these; their files are listed in $apt_files
apt_fetch() {
	apt_files_of download "$@"
}

# apt_fetch_all PACKAGE...: downloads these and all they depend on
apt_fetch_all() {
	apt_files_of install "$@"
}

# apt_fetch_recommended PACKAGE...: downloads these and all they depend on or recommend
apt_fetch_recommended() {
	apt_files_of 'install --install-recommends' "$@"
}

# apt_fetch_for ARCH FOLDER: downloads what the source package in FOLDER needs to be built for ARCH
apt_fetch_for() {
	apt_files_of "build-dep --host-architecture=$1" "$2"
}

# Lists that name what the mirror no longer has are fetched again, once.
apt_files_of() {
	if ! apt_download "$@"; then
		rm -f "${apt_debs%/*}/updated"
		apt_update
		apt_download "$@" || apt_failed "${@:2}"
	fi
}

apt_download() {
	local how name
	read -ra how <<<"$1"
	shift
	apt_files=()
	# With an empty archive folder, for it leaves out what is there already.
	mkdir -p "$apt_dir/none/partial"
	apt-get -qq -y --print-uris -o Dir::Cache::archives="$apt_dir/none" "${how[@]}" "$@" \
		>"$apt_dir/uris" 2>"$apt_dir/log" || return
	if [ "${how[0]}" = download ]; then
		(cd "$apt_debs" && apt-get -qq -y download "$@" >"$apt_dir/log" 2>&1) || return
	else
		apt-get -qq -y --download-only "${how[@]}" "$@" >"$apt_dir/log" 2>&1 </dev/null || return
	fi
	while read -r _ name _; do
		apt_files+=("$apt_debs/$name")
	done <"$apt_dir/uris"
}

apt_failed() {
	tail -n 8 "$apt_dir/log" >&2
	if grep -qi 'no space\|enough free space' "$apt_dir/log"; then
		die "the disk of $apt_dir is full; make room, then try again"
	elif grep -qE 'resolv|connect|Failed to fetch' "$apt_dir/log"; then
		die "the package mirror did not give $*; check the network or apt's proxy, then try again"
	fi
	die "not in $(awk '{print $5}' "${apt_debs%/*}/sources.list" | xargs): $*"
}

# unpack FOLDER: extracts the files fetched last into FOLDER, in the merged-/usr layout
unpack() {
	local part
	for part in bin sbin lib; do
		mkdir -p "$1/usr/$part"
		[ -e "$1/$part" ] || ln -s "usr/$part" "$1/$part"
	done
	# shellcheck disable=SC2016
	printf '%s\0' "${apt_files[@]}" |
		xargs -0 -P "$(nproc)" -I DEB sh -c \
			'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --keep-directory-symlink \
				--no-same-owner -p --exclude "./usr/share/doc/*" \
				--exclude "./usr/share/man/*" --exclude "./usr/share/locale/*"' \
			sh DEB "$1"
}
