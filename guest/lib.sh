# SPDX-License-Identifier: GPL-2.0-or-later
# What the supply scripts share: folders, messages, locks, targets.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=$ROOT/build
CACHE=$(realpath -m "${HYPERLUA_CACHE:-$BUILD/cache}")
NAME=${0##*/}

say() { printf '%s: %s\n' "$NAME" "$*" >&2; }
die() { say "error: $*"; exit 1; }

case $ROOT$CACHE in
    # make and QEMU's configure cannot work there.
    *[[:space:]:]*) die "no blanks or colons in the path: $ROOT, $CACHE" ;;
esac
mkdir -p "$BUILD/log" "$CACHE/lock"

# Held until the script ends. The cache may be shared by several clones.
lock() {
    exec {LOCK_FD}>"$CACHE/lock/$1"
    flock "$LOCK_FD"
}

start_log() {
    LOG=$BUILD/log/$1.log
    : >"$LOG"
}

# logged WHAT COMMAND...
logged() {
    local what=$1
    shift
    "$@" >>"$LOG" 2>&1 </dev/null && return
    tail -n 20 "$LOG" >&2
    die "$what failed, see $LOG"
}

# Reads guest/targets/ARCH.conf into T.
load_target() {
    [ $# -eq 1 ] || die "usage: $NAME ARCH (one of: $(target_names))"
    local file=$ROOT/guest/targets/$1.conf line
    [ -f "$file" ] || die "no target '$1' (there are: $(target_names))"
    declare -gA T=()
    while IFS= read -r line; do
        [[ $line =~ ^([a-z_]+)=(.*)$ ]] || continue
        T[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}
    done <"$file"
    # What Debian calls it, and no cross compiler where it is this machine.
    : "${T[debian_arch]:=${T[arch]}}"
    if [ "$(dpkg --print-architecture)" = "${T[debian_arch]}" ]; then
        T[cross_packages]=
    fi
    STATE=$BUILD/targets/$1
    mkdir -p "$STATE"
}

# use_suite SUITE: the kernel of another Debian suite, beside the target's own.
use_suite() {
    [[ $1 =~ ^[a-z][a-z-]*$ ]] || die "no Debian suite: '$1'"
    T[suite]=$1
    STATE=$STATE/kernels/$1
    mkdir -p "$STATE"
}

# What of a target is tested: ARCH, and ARCH:SUITE for its other kernels.
kernel_names() {
    local suite
    load_target "$1"
    echo "$1"
    for suite in ${T[other_kernels]:-}; do
        echo "$1:$suite"
    done
}

target_names() {
    local names=("$ROOT"/guest/targets/*.conf)
    names=("${names[@]##*/}")
    echo "${names[@]%.conf}"
}

# Links change only when they must: other steps compare their age.
link() {
    [ "$(readlink "$2" || true)" = "$1" ] || ln -sfn "$1" "$2"
}

# The QEMU on PATH, when its plugin API can write guest memory (10.1).
path_qemu() {
    local qemu version
    qemu=$(realpath -s "$(command -v "${T[qemu]}")" 2>/dev/null) || return 1
    version=$("$qemu" --version | sed -n '1s/.*version \([0-9.]*\).*/\1/p')
    printf '%s\n' 10.1 "$version" | sort -VC || return 1
    grep -q '^-plugin ' <<<"$("$qemu" --help)" || return 1
    printf '%s\n' "$qemu"
}
