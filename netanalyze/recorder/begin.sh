#!/bin/sh
# Records a command that hangs on the network, where there is no Python: one file, any POSIX shell (dash, busybox, bash).
#
#     sh record.sh [-o FILE.tgz] [-i INTERFACE] [-s OCTETS] [-t SECONDS] [-f] [-n] [--] COMMAND [ARGUMENT ...]
#
#     -o  the archive to write; else netanalyze-record-DATE-TIME.tgz here, or in /tmp
#     -i  capture on this interface; else on all of them
#     -s  octets kept of a packet; else all of it
#     -t  end the command after so many seconds
#     -f  replace an archive that is there already
#     -n  leave GOFLAGS and standard error alone: no -x, no trace
#
# The command keeps its input, output and exit status (124 never appears: -t gives the command's own). What it says on
# standard error passes through. Packets are captured where there is a tcpdump that may (root, or sudo without a
# password); without, the sockets, the processes and what the command says are recorded all the same.
#
# Secrets are hidden before anything is written: in URLs, options, headers, variables; tokens by their form. Packets
# are kept as they are on the wire: what goes over it unencrypted can be read in them.
#
# The archive can be read by you alone, and under sudo by whoever called it. It is made in a folder beside FILE.tgz
# (FILE.tgz.XXXXXX, gone at the end) and gets its name when it is whole.
#
# Look at the archive elsewhere: netanalyze analyze FILE.tgz

{  # a shell reads a file as it goes: this makes it read the whole before it begins

set -u
exported=$(export -p)  # the command's environment, whatever this script calls its own
mask=$(umask)
umask 077
PROGRAM="netanalyze recorder"
FOLDER=netanalyze-record
MOST_LINES=4000   # of one list of sockets or locks
FEW_LINES=100     # so short a list of sockets is written five times a second: a lookup is given up after 5 s
MOST_THREADS=16   # looked at of one process
MOST_PROCESSES=64

say() { printf '%s: %s\n' "$PROGRAM" "$*" >&2; }
fail() { say "$*"; exit 125; }
have() { command -v "$1" >/dev/null 2>&1; }
pause() { sleep "0.$1" 2>/dev/null || sleep 1; }

# -- what was asked for ------------------------------------------------------------------------------------------------

out='' force='' interface='' octets='' patience='' trace=1
while getopts :o:i:s:t:fnh option; do
    case $option in
    o) out=$OPTARG ;;
    i) interface=$OPTARG ;;
    s) octets=$OPTARG ;;
    t) patience=$OPTARG ;;
    f) force=1 ;;
    n) trace='' ;;
    h) sed -n '2,/^$/s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) fail "-$OPTARG: no such option, or it lacks its value; sh record.sh -h says more" ;;
    esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || fail "no command to run; sh record.sh -h says more"
case $patience in *[!0-9]*) fail "-t $patience: whole seconds, please" ;; esac
case $octets in *[!0-9]*) fail "-s $octets: a number of octets, please" ;; esac
have tar || fail "there is no tar here"
have gzip || fail "there is no gzip here"

stem=netanalyze-record-$(date +%Y%m%d-%H%M%S)
if [ -z "$out" ]; then
    if [ -w . ]; then out=./$stem.tgz; else out=${TMPDIR:-/tmp}/$stem.tgz; fi
fi
case $out in /* | ./*) ;; *) out=./$out ;; esac
beside=''
if [ -d "$out" ]; then
    fail "$out is a folder; name the file with -o"
elif [ -p "$out" ] || [ -c "$out" ]; then  # it is written to as it is
    [ -w "$out" ] || fail "$out cannot be written; choose another with -o"
elif [ -z "$force" ] && { [ -e "$out" ] || [ -h "$out" ]; }; then
    fail "$out exists; choose another with -o, or replace it with -f"
else  # a folder of our own: no name in it is anybody else's choice
    beside=$(mktemp -d "$out.XXXXXX" 2>/dev/null) || fail "$out cannot be written; choose another with -o"
fi
archive=${beside:+$beside/archive.tgz}
work=$(mktemp -d "${TMPDIR:-/tmp}/$stem.XXXXXX") || { [ -z "$beside" ] || rmdir "$beside"; fail "no temporary folder"; }
kept=$work/$FOLDER
mkdir "$kept" || fail "no temporary folder"

# -- secrets -----------------------------------------------------------------------------------------------------------

# Everything that is written passes an awk program, whose rules are netanalyze's own (filled in where the script is printed).
# Without an awk nothing that may hold a secret is written.
# shellcheck disable=SC2016 # awk's words
SECRETS='@SECRETS@'
hide() {  # $1: text, words, variables or go_env
    if have awk; then awk -v mode="$1" "$SECRETS"; else cat >/dev/null; fi
}
have awk || say "no awk here: command lines, settings and what the command says are left out, since secrets could not be hidden"
hidden() { hide text; }
hidden_words() { tr '\n' ' ' | { cat; echo; } | hide words; }

# -- clocks ------------------------------------------------------------------------------------------------------------

# tell_time sets $now to seconds since the epoch: of the shell (bash 5, busybox), else from /proc/uptime in hundredths, both
# without a new process, so that each line of a long trace can have its time; else whole seconds from date.
# shellcheck disable=SC3028 # where a shell does not know it, it is empty
first=${EPOCHREALTIME:-}
: a moment later
# shellcheck disable=SC3028
if [ -n "$first" ] && [ "$first" != "${EPOCHREALTIME:-}" ]; then
    clock=shell
elif read -r up _ 2>/dev/null </proc/uptime; then
    clock=uptime
    tell=$(date +%s.%N 2>/dev/null)
    case $tell in
    *[!0-9.]* | *. | '')  # a date without %N: the moment at which a second begins
        begun=$(date +%s)
        while tell=$(date +%s) && [ "$tell" = "$begun" ]; do :; done
        tell=$tell.00 ;;
    esac
    read -r up _ </proc/uptime
    part=${tell#*.}00
    part=${part%"${part#??}"}
    offset=$((${tell%.*} * 100 + 1$part - ${up%.*} * 100 - 1${up#*.}))
else
    clock='date'
fi
tell_time() {
    case $clock in
    shell)
        # shellcheck disable=SC3028
        now=$EPOCHREALTIME
        now=${now%[.,]*}.${now#*[.,]} ;;
    uptime)
        read -r up _ </proc/uptime
        total=$((${up%.*} * 100 + 1${up#*.} - 100 + offset))
        rest=$((total % 100 + 100))
        now=$((total / 100)).${rest#1} ;;
    *)
        now=$(date +%s) ;;
    esac
}
stamped() {
    if [ "$clock" = date ] && perl -MTime::HiRes -e 1 2>/dev/null; then
        perl -MTime::HiRes=time -ne '$| = 1; printf "%.6f %s", time, $_'
        return
    fi
    while IFS= read -r line || [ -n "$line" ]; do
        tell_time
        printf '%s %s\n' "$now" "$line"
    done
}

# -- the surroundings --------------------------------------------------------------------------------------------------

SETTINGS='@SETTINGS@'
FROM_ENVIRONMENT='GOTOOLCHAIN @FROM_ENVIRONMENT@'
PROXIES='@PROXIES@'

is_go=''
case ${1##*/} in go) have "$1" && is_go=1 ;; esac

go_says() {  # what go env prints, asked outside any module, so that go fetches no toolchain to answer
    (
        eval "$exported"
        program=$1
        shift
        # shellcheck disable=SC2048,SC2086 # words
        cd / && GOTOOLCHAIN=local exec "$program" env $*
    ) 2>/dev/null
}
surroundings() {
    for word in "$@"; do printf '%s' "$word" | tr '\t' ' '; printf '\t'; done | hidden_words >"$kept/command.txt"
    for name in $FROM_ENVIRONMENT $PROXIES; do
        eval "value=\${$name-}"
        [ -z "$value" ] || { printf '%s=%s' "$name" "$value" | tr '\n' ' '; echo; }
    done | hide variables >"$kept/environment.txt"
    if [ "$is_go" ]; then
        go_says "$1" -json "$SETTINGS" | hide go_env >"$kept/go-env.json"
        saved=$(go_says "$1" GOENV)
        [ ! -r "$saved" ] || sed -n 's/^GOTOOLCHAIN=/saved GOTOOLCHAIN=/p' "$saved" >>"$kept/environment.txt"
    fi
    [ ! -r /etc/resolv.conf ] || cat /etc/resolv.conf >"$kept/resolv.conf"
    {
        if have ip; then ip route 2>&1; ip -6 route 2>&1
        elif [ -r /proc/net/route ]; then cat /proc/net/route
        else netstat -rn; fi
    } 2>/dev/null | head -n 500 >"$kept/routes.txt"
    if [ -d /sys/class/net ]; then
        for file in /sys/class/net/*/mtu; do
            read -r value 2>/dev/null <"$file" && file=${file%/mtu} && printf '%s %s\n' "${file##*/}" "$value"
        done
    else
        ifconfig 2>/dev/null | sed -n 's/^\([^:[:space:]]*\):.* mtu \([0-9]*\).*/\1 \2/p'
    fi >"$kept/mtu.txt"
}

# The flags that switch go's -x on; nothing where it makes no sense (the user's own programs would inherit it) or is on.
go_flags() {
    program=$1
    shift
    for word in "$@"; do
        case $word in -x | --x | -x=true | -x=1) return ;; esac
    done
    while [ $# -gt 0 ]; do
        case $1 in
        -C | --C) shift ;;
        -*) ;;
        *) break ;;
        esac
        shift
    done
    case "${1-} ${2-}" in
    "mod download" | "mod tidy" | "mod graph" | "get "* | "list "* | "build "* | "install "* | "vet "*) ;;
    *) return ;;
    esac
    flags=$(go_says "$program" GOFLAGS)
    case " $flags " in *" -x "* | *" -x=true "* | *" -x=1 "*) return ;; esac
    printf '%s' "${flags:+$flags }-x"
}

# -- packets -----------------------------------------------------------------------------------------------------------

capture_pid='' packets=none
default_interface() {
    if [ "$(uname -s)" = Linux ]; then echo any; else route -n get default 2>/dev/null | sed -n 's/.*interface: //p'; fi
}
try_capture() {  # "$@": what gives the right, or nothing
    set -- "$@" tcpdump -n -p -U -i "$interface" -s "${octets:-262144}" -w -
    have setsid && set -- setsid "$@"  # Ctrl-C is for the command
    "$@" >"$kept/capture.pcap" 2>"$kept/tcpdump.txt" </dev/null &
    capture_pid=$!
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
        grep -q 'listening on' "$kept/tcpdump.txt" 2>/dev/null && packets=tcpdump && return 0
        kill -0 "$capture_pid" 2>/dev/null || break
        pause 1
    done
    kill "$capture_pid" 2>/dev/null
    capture_pid=''
    return 1
}
begin_capture() {
    [ -n "$interface" ] || interface=$(default_interface)
    if ! have tcpdump; then
        say "no tcpdump here: sockets and processes are recorded, packets are not"
    elif ! try_capture && ! { have sudo && sudo -n true 2>/dev/null && try_capture sudo -n; }; then
        say "no packets: $(head -n 1 "$kept/tcpdump.txt" 2>/dev/null) (root may capture; a container needs --cap-add NET_RAW)"
    fi
    [ -n "$capture_pid" ] || rm -f "$kept/capture.pcap"
}
stop_capture() {  # $1: the signal for it
    [ -z "$capture_pid" ] || kill -s "$1" "$capture_pid" 2>/dev/null || sudo -n kill -s "$1" "$capture_pid" 2>/dev/null
}
end_capture() {
    [ -n "$capture_pid" ] || return
    pause 5; pause 5; pause 3  # libpcap hands packets over up to a second late
    stop_capture INT
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        kill -0 "$capture_pid" 2>/dev/null || break
        pause 2
    done
    stop_capture TERM
}

