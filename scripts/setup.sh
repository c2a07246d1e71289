#!/bin/bash
# Installs what is missing on a bare Debian 12 and says nothing if nothing is:
#	scripts/setup.sh run     what building and running firn needs
#	scripts/setup.sh test    what its tests and checks need besides
#	scripts/setup.sh browser the browser that pages are looked at with
# Needs root or sudo only when there is something to install.
set -euo pipefail
cd "$(dirname "$0")/.."

# package, least version, and optionally a command that will do instead,
# wherever it comes from.
run_packages='
gcc               12
g++               12
pkg-config        1.8
libsimdjson-dev   3.0.1
libfyaml-dev      0.7.12
libpcre2-dev      10.42
zlib1g-dev        1:1.2.13
libzstd-dev       1.5.4
libmaxminddb-dev  1.7.1
libssl-dev        3.0
libh2o-evloop-dev 2.2.5
libcurl4-openssl-dev 7.88
librdkafka-dev    2.0.2
nodejs            18.13    node
npm               9.2      npm
'
test_packages='
libcmocka-dev       1.1.5
clang               1:14
clang-format        1:14
clang-tidy          1:14
libclang-rt-14-dev  1:14
python3             3.11
python3-pytest      7.2
curl                7.88
jq                  1.6
zstd                1.5.4
gzip                1.12
'
browser_packages='
chromium            120    chromium
'
# For a checker of published copies that is kept beside the project.
go_packages='
golang-go                2:1.19    go
golang-golang-x-mod-dev  0.7
'

policy=/usr/sbin/policy-rc.d
policy_is_ours=

say()
{
	echo "setup: $*" >&2
}

as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

# Nothing that is installed here may start a service, and it is nobody's
# business but ours that nothing may: the file goes when we go.
forbid_services()
{
	[ -e $policy ] && return
	trap allow_services EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	policy_is_ours=1
	printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
	as_root chmod 755 $policy
}

allow_services()
{
	[ -z "$policy_is_ours" ] || as_root rm -f $policy
	policy_is_ours=
}

installed()
{
	local package=$1 least=$2 stand_in=${3-} version

	if [ -n "$stand_in" ] && command -v "$stand_in" >/dev/null; then
		return 0
	fi
	version=$(dpkg-query -W -f '${db:Status-Status} ${Version}' \
	    "$package" 2>/dev/null) || return 1
	[ "${version%% *}" = installed ] &&
	    dpkg --compare-versions "${version#* }" ge "$least"
}

install_packages()
{
	local missing=() package least stand_in
	local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq
	    -o Acquire::Retries=5 -o DPkg::Lock::Timeout=600
	    -o Dpkg::Use-Pty=0)

	if ! command -v dpkg-query >/dev/null; then
		say "this is no Debian; scripts/setup.sh lists what is needed"
		return
	fi
	while read -r package least stand_in; do
		[ -z "$package" ] ||
		    installed "$package" "$least" "$stand_in" ||
		    missing+=("$package")
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
		say "missing: ${missing[*]}"
		say "run as root: make setup-test, or install them yourself"
		exit 1
	fi
	say "installing ${missing[*]}"
	forbid_services
	as_root "${apt[@]}" update
	as_root "${apt[@]}" install -y --no-install-recommends "${missing[@]}"
	allow_services
	check_versions "${missing[@]}" <<< "$packages"
}

# A mirror that is too old installs happily.
check_versions()
{
	local package least stand_in

	while read -r package least stand_in; do
		case " $* " in
		*" $package "*)
			installed "$package" "$least" "$stand_in" || {
				say "$package $least or later is not to be had"
				exit 1
			} ;;
		esac
	done
}

# A folder's node_modules holds the lock file that it was made from.
install_modules()
{
	local lock=$1/package-lock.json stamp=$1/node_modules/.made-from

	cmp -s "$lock" "$stamp" && return
	say "installing the modules of $lock"
	(cd "$1" && npm ci --ignore-scripts --no-audit --no-fund \
	    --loglevel=error >&2)
	cp "$lock" "$stamp"
}

# Of this package, which is the sources of DuckDB, only the C header is wanted:
# the one before the package of the library, which has none.  The C interface
# is stable, so it serves a later library.
header=node_modules/duckdb.h
header_package=duckdb@1.4.4
header_sha256=cbe6a827284375c5a646b8f27dbd3a00808ce8738b5bbb49c190cb1e08540281

header_is_there()
{
	echo "$header_sha256  $header" | sha256sum --check --status 2>/dev/null
}

install_header()
{
	local tmp

	header_is_there && return
	say "fetching $header"
	tmp=$(mktemp -d)
	npm pack --ignore-scripts --pack-destination "$tmp" --loglevel=error \
	    $header_package >/dev/null
	tar -xzf "$tmp"/duckdb-*.tgz -O \
	    package/src/duckdb/src/include/duckdb.h >$header
	rm -rf "$tmp"
	header_is_there || {
		say "$header is not the file that was expected"
		exit 1
	}
}

folders=.
case ${1-} in
run)
	packages=$run_packages ;;
test)
	packages=$run_packages$test_packages
	# 81 MB where there is no Go yet, so only where it has work to do.
	[ ! -e ../shared/reference/tlogcheck.go ] || packages+=$go_packages
	folders+=' tools/audit' ;;
browser)
	packages=$browser_packages ;;
*)
	echo "usage: $0 run|test|browser" >&2
	exit 2 ;;
esac
install_packages <<< "$packages"
for folder in $folders; do
	install_modules "$folder"
done
install_header
