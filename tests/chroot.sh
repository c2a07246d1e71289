#!/bin/bash
# Proves that a bare Debian 12 with git, make and CA certificates needs nothing
# else: in a fresh chroot, git clone (of HEAD), make run, make test.
#
# Takes a quarter of an hour and must be root.  Where packages come from, and
# through what, is the host's: its apt sources and settings, npm's registry,
# proxies, name service and certificates are carried in.  KEEP=1 keeps the tree.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(id -u)" != 0 ]; then
	echo "skip chroot: not root"
	exit 0
fi
if ! command -v debootstrap >/dev/null; then
	echo "skip chroot: no debootstrap"
	exit 0
fi

root=$(mktemp -d "${TMPDIR:-/tmp}/firn-chroot.XXXXXX")
chmod 755 "$root" # apt fetches as a user of its own

clean_up()
{
	umount -R "$root/dev" 2>/dev/null || umount -Rl "$root/dev" || :
	umount "$root/proc" 2>/dev/null || umount -l "$root/proc" || :
	if [ -n "${KEEP-}" ]; then
		echo "chroot: kept in $root"
	elif grep -q " $root/" /proc/self/mounts; then
		echo "chroot: still mounted under $root" >&2
	else
		rm -rf --one-file-system "$root"
	fi
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

say()
{
	printf '\nchroot: %s\n' "$*"
}

# Lines "URI suite component" of the host's sources for Debian 12.
host_sources()
{
	command -v apt-get >/dev/null || return 0
	# shellcheck disable=SC2016
	apt-get indextargets --format \
	    '$(ORIGIN)|$(REPO_URI) $(RELEASE) $(COMPONENT)' \
	    'Created-By: Packages' 2>/dev/null |
	    sed -n 's/^Debian|\(.* bookworm.*\)$/\1/p' | sort -u
}

bootstrap()
{
	local mirror

	mirror=$(host_sources | awk '$2 == "bookworm" { print $1; exit }')
	# shellcheck disable=SC2086
	debootstrap --variant=minbase --include=git,make,ca-certificates \
	    bookworm "$root" $mirror >"$root.log" 2>&1 || {
		cat "$root.log" >&2
		exit 1
	}
	rm -f "$root.log"
}

carry_in()
{
	local file

	for file in /etc/resolv.conf /etc/hosts \
	    /etc/ssl/certs/ca-certificates.crt; do
		[ ! -e $file ] || cp -L $file "$root$file"
	done
	# Installing something may make the other one anew.
	cp "$root/etc/ssl/certs/ca-certificates.crt" "$root/etc/ssl/host.pem"
	for file in /etc/apt/apt.conf.d/*; do
		! grep -q '^ *Acquire' "$file" || cp "$file" "$root$file"
	done
	host_sources | sed 's/^/deb /' >"$root/sources"
	[ ! -s "$root/sources" ] ||
	    cp "$root/sources" "$root/etc/apt/sources.list"
	rm "$root/sources"
	git clone -q --bare . "$root/firn.git"
}

inside()
{
	local carried=() name

	for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY \
	    NO_PROXY; do
		[ -z "${!name-}" ] || carried+=("$name=${!name}")
	done
	[ -z "$registry" ] || carried+=("npm_config_registry=$registry")
	env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	    HOME=/root NODE_EXTRA_CA_CERTS=/etc/ssl/host.pem \
	    ${carried[@]+"${carried[@]}"} \
	    chroot "$root" bash -o pipefail -c "cd /root/firn 2>/dev/null; $1" </dev/null
}

must_be_empty()
{
	[ -z "$2" ] && return
	printf 'chroot: FAILED: %s:\n%s\n' "$1" "$2" >&2
	exit 1
}

registry=$(npm config get registry 2>/dev/null || :)
[ -z "$(git status --porcelain)" ] ||
    echo "chroot: what is not committed is not tested"

say "debootstrap"
bootstrap
carry_in
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --make-rslave "$root/dev"

say "git clone"
inside 'git clone -q /firn.git /root/firn'
say "make run"
inside 'make run FOR=60'
say "make test"
inside 'make test'
say "make install"
inside 'make install >/dev/null && cd / && firn-sim write /root/demo --attack all >/dev/null &&
    firn scan /root/demo |
    tail -n 20'

must_be_empty "a second set-up says something" \
    "$(inside 'make --no-print-directory setup-run setup-test' 2>&1)"
must_be_empty "files that git does not know" \
    "$(inside 'git status --porcelain')"
must_be_empty "services stay forbidden" \
    "$(inside 'ls /usr/sbin/policy-rc.d 2>/dev/null')"
say "passed"
