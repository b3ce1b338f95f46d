#!/bin/sh
# Records a command that hangs on the network, where there is no Python: one file, any POSIX shell (dash, busybox, bash).
#
#     sh record.sh [-o FILE.tgz] [-i INTERFACE] [-s OCTETS] [-t SECONDS] [-n] [--] COMMAND [ARGUMENT ...]
#
#     -o  the archive to write; else netanalyze-record-DATE-TIME.tgz here, or in /tmp
#     -i  capture on this interface; else on all of them
#     -s  octets kept of a packet; else all of it
#     -t  end the command after so many seconds
#     -n  leave GOFLAGS and standard error alone: no -x, no trace
#
# The command keeps its input, output and exit status (124 never appears: -t gives the command's own). What it says on
# standard error passes through. Packets are captured where there is a tcpdump that may (root, or sudo without a
# password); without, the sockets, the processes and what the command says are recorded all the same.
#
# User names and passwords in URLs, tokens and authorization headers are blotted out before anything is written. Packets
# are kept as they are on the wire: what goes over it unencrypted can be read in them.
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
TAB=$(printf '\t')

# -- what was asked for ------------------------------------------------------------------------------------------------

out='' interface='' octets='' patience='' trace=1
while getopts :o:i:s:t:nh option; do
    case $option in
    o) out=$OPTARG ;;
    i) interface=$OPTARG ;;
    s) octets=$OPTARG ;;
    t) patience=$OPTARG ;;
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
(umask "$mask" && : >"$out") 2>/dev/null || fail "$out cannot be written; choose another with -o"
work=$(mktemp -d "${TMPDIR:-/tmp}/$stem.XXXXXX") || fail "no temporary folder"
kept=$work/$FOLDER
mkdir "$kept" || fail "no temporary folder"

# -- secrets -----------------------------------------------------------------------------------------------------------

# One sed program for every text: user information of URLs (git@ and hg@ are no secrets), headers, the tokens of well-known
# services by their prefixes, and parameters that are called like secrets.
SECRETS='
s#://git@#://git<AT>#g
s#://hg@#://hg<AT>#g
s#://[^/[:space:]"'\'']*@#://xxxxx@#g
s#<AT>#@#g
s/\([Aa][Uu][Tt][Hh][Oo][Rr][Ii][Zz][Aa][Tt][Ii][Oo][Nn]["'\'']\{0,1\}[[:space:]]\{0,1\}[:=][[:space:]]\{0,1\}["'\'']\{0,1\}\)[^[:space:]].*/\1xxxxx/
s/\([Cc][Oo][Oo][Kk][Ii][Ee]: \{0,1\}\).*/\1xxxxx/
s/\([Bb]earer \)[A-Za-z0-9._~+/=-]\{6,\}/\1xxxxx/g
s/gh[opsur]_[A-Za-z0-9]\{16,\}/xxxxx/g
s/github_pat_[A-Za-z0-9_]\{16,\}/xxxxx/g
s/glpat-[A-Za-z0-9_-]\{16,\}/xxxxx/g
s/npm_[A-Za-z0-9]\{30,\}/xxxxx/g
s/xox[abprs]-[A-Za-z0-9-]\{10,\}/xxxxx/g
s/AKIA[A-Z0-9]\{16\}/xxxxx/g
s/eyJ[A-Za-z0-9_-]\{8,\}\.[A-Za-z0-9_-]\{8,\}\.[A-Za-z0-9_-]*/xxxxx/g
s/\([Tt][Oo][Kk][Ee][Nn]=\)[^&[:space:]"'\'']\{1,\}/\1xxxxx/g
s/\([Pp][Aa][Ss][Ss][Ww]\{0,1\}[Oo]\{0,1\}[Rr]\{0,1\}[Dd]=\)[^&[:space:]"'\'']\{1,\}/\1xxxxx/g
s/\([Ss][Ee][Cc][Rr][Ee][Tt]=\)[^&[:space:]"'\'']\{1,\}/\1xxxxx/g
s/\([Kk][Ee][Yy]=\)[^&[:space:]"'\'']\{1,\}/\1xxxxx/g
s/\([Ss]ig\(nature\)\{0,1\}=\)[^&[:space:]"'\'']\{1,\}/\1xxxxx/g
'
# Of a command line, its words apart by tabs: also the word after an option that takes a secret.
WORDS=''
for word in -u --user -U --proxy-user --password --token --oauth2-bearer; do
    WORDS="$WORDS
s/${TAB}${word}${TAB}[^${TAB}]*/${TAB}${word}${TAB}xxxxx/g"
    case $word in --*) SECRETS="$SECRETS
s/ $word [^[:space:]\"']*/ $word xxxxx/g" ;; esac
done
# What go env says of GOAUTH: of each command its program alone.
PROGRAMS='/"GOAUTH"/{
s/: "/:"/
s/; */;/g
s/\([^[:space:];"]\) [^;"]*/\1/g
}'
hidden() { sed "$SECRETS"; }
hidden_words() { tr '\n' ' ' | sed "$SECRETS
$WORDS"; }

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

SETTINGS='GOPROXY GOSUMDB GONOSUMDB GONOPROXY GOPRIVATE GOINSECURE GOVCS GOAUTH GOFLAGS GOTOOLCHAIN GOVERSION GOMODCACHE
GOENV GO111MODULE GOWORK GOOS GOARCH'
FROM_ENVIRONMENT='GOTOOLCHAIN GODEBUG GOMAXPROCS GIT_SSH_COMMAND GIT_TERMINAL_PROMPT SSL_CERT_FILE SSL_CERT_DIR'
PROXIES='http_proxy https_proxy all_proxy no_proxy ftp_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY FTP_PROXY'

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
    printf '%s\t' "$@" | hidden_words >"$kept/command.txt"
    for name in $FROM_ENVIRONMENT; do
        eval "value=\${$name-}"
        [ -z "$value" ] || printf '%s=%s\n' "$name" "$value"
    done | hidden >"$kept/environment.txt"
    for name in $PROXIES; do  # all before the last @ is user information, whatever is in it
        eval "value=\${$name-}"
        [ -z "$value" ] || printf '%s=%s\n' "$name" "$value" |
            sed 's#=\([A-Za-z][A-Za-z0-9+.-]*://\).*@#=\1xxxxx@#
/:\/\//!s#=.*@#=xxxxx@#'
    done >>"$kept/environment.txt"
    if [ "$is_go" ]; then
        go_says "$1" -json "$SETTINGS" |
            sed "$PROGRAMS" | hidden >"$kept/go-env.json"
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
end_capture() {
    [ -n "$capture_pid" ] || return
    pause 5; pause 5; pause 3  # libpcap hands packets over up to a second late
    kill -INT "$capture_pid" 2>/dev/null || sudo -n kill -INT "$capture_pid" 2>/dev/null
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        kill -0 "$capture_pid" 2>/dev/null || break
        pause 2
    done
    kill "$capture_pid" 2>/dev/null
}

