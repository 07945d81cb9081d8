# SPDX-License-Identifier: GPL-2.0-only
# Guests of another host, over ssh: a network namespace stands for it, and a user who has
# guests of their own. The module is one, so the rights are what keeps them apart.
# shellcheck shell=bash disable=SC2154

far=user@10.1.1.2
keys=$work/ssh
# An emulated host on a busy machine takes several seconds for an ssh.
export KPL011_HOST_TIMEOUT=20
export KPL011_SSH="ssh -F none -i $keys/mine -o UserKnownHostsFile=$keys/known"

network() {
	ip netns add far
	ip link add near0 type veth peer name far0 netns far
	ip address add 10.1.1.1/24 dev near0
	ip link set near0 up
	ip netns exec far ip address add 10.1.1.2/24 dev far0
	ip netns exec far ip link set far0 up
	ip netns exec far ip link set lo up
}

ssh_daemon() {
	mkdir -p "$keys" /run/sshd
	chmod 755 "$work" "$keys"
	ssh-keygen -q -t ed25519 -N '' -f "$keys/mine"
	ssh-keygen -q -t ed25519 -N '' -f "$keys/host"
	echo "10.1.1.2 $(cut -d ' ' -f 1,2 "$keys/host.pub")" >"$keys/known"
	cp "$keys/mine.pub" "$keys/authorized"
	grep -q '^sshd:' /etc/passwd ||
		echo 'sshd:x:105:65534:sshd:/run/sshd:/bin/false' >>/etc/passwd
	cat >"$keys/config" <<-END
		ListenAddress 10.1.1.2
		HostKey $keys/host
		AuthorizedKeysFile $keys/authorized
		StrictModes no
		UsePAM no
		PidFile $keys/pid
		SetEnv PATH=$PATH
	END
	ip netns exec far "$(command -v sshd)" -D -e -f "$keys/config" >"$keys/log" 2>&1 &
	# shellcheck disable=SC2086
	wait_for 30 $KPL011_SSH -o BatchMode=yes $far true
}

as_user() {
	setpriv --reuid 1000 --regid 1000 --groups "$(stat -c %g /dev/kvm)" "$@"
}

two_hosts() {
	network
	ssh_daemon
	guest start ours hello
	kpl011 attach ours
	as_user guest start theirs flood
	as_user kpl011 attach --ring 16M theirs
	kpl011 --host "local,$far" list >"$work/list"
	cat "$work/list"
	grep -q '^local .* ours ' "$work/list"
	grep -q '^10.1.1.2 .* theirs ' "$work/list"
	# What the account over there may not see is not shown there.
	! grep -q '^10.1.1.2 .* ours ' "$work/list"
	expect_exit 3 kpl011 --host $far log ours
}
try 'guests of two hosts are listed together, those over there with the rights of the account' two_hosts

goes_on() {
	kpl011 --host $far log -f -n 0 theirs >"$work/there" 2>"$work/there.err" &
	local log=$! size
	wait_for 300 larger_than "$work/there" 20000
	# The link is cut for longer than a host may be silent, and is back.
	ip link set near0 down
	wait_for 300 grep -q 10.1.1.2 "$work/there.err"
	size=$(wc -c <"$work/there")
	ip link set near0 up
	wait_for 300 larger_than "$work/there" $((size + 20000))
	kill "$log"
	wait "$log" || true
	cat "$work/there.err"
	! grep -q 'skipped' "$work/there.err"
	whole_lines "$work/there"
	lines_follow_each_other "$work/there.whole"
}
try 'a log goes on where it was when the host is back, and has every line' goes_on

drives() {
	hold theirs
	as_user guest start shell uboot
	as_user kpl011 attach shell
	kpl011 --host $far expect shell --timeout "$(patient 120)" --from start '=> '
	kpl011 --host $far expect shell --timeout "$(patient 120)" --send 'echo over th""ere' --enter 'over there'
	[ "$(kpl011 --host $far info --json shell | grep -c '"rx_bytes"')" = 1 ]
}
try 'expect types at a guest of another host' drives

kill "$(cat "$keys/pid")"
no_guests
ip netns del far
unset KPL011_HOST_TIMEOUT KPL011_SSH
