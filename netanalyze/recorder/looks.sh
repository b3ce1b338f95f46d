# -- sockets and processes, each second and between ---------------------------------------------------------------------

sockets() {
    if have ss; then
        ss -tuinp 2>/dev/null | head -n "$MOST_LINES"
        return
    fi
    for file in tcp tcp6 udp udp6; do
        [ -r "/proc/net/$file" ] || continue
        printf '# %s\n' "$file"
        head -n "$MOST_LINES" "/proc/net/$file"
    done
    [ -d /proc/net ] || ! have lsof || lsof -nP -i -F pPnT 2>/dev/null | head -n "$MOST_LINES"
}
children_of() {  # sets $found
    found=''
    for file in /proc/"$1"/task/*/children; do
        line=''
        read -r line 2>/dev/null <"$file"
        found="$found $line"
    done
}
descendants() {  # sets $tree: the command, all that came of it, and those among them that lost their parents
    if [ -e "/proc/$1/task/$1/children" ]; then
        queue="$1 $tree" tree='' seen=0
        while [ -n "${queue# }" ]; do
            # shellcheck disable=SC2086
            set -- $queue
            [ $# -gt 0 ] || break
            queue=''
            for pid in "$@"; do
                case " $tree " in *" $pid "*) continue ;; esac
                [ -d "/proc/$pid" ] || continue
                [ "$seen" -lt "$MOST_PROCESSES" ] || break
                tree="$tree $pid" seen=$((seen + 1))
                children_of "$pid"
                queue="$queue $found"
            done
        done
        return
    fi
    tree="$1 $tree"  # a kernel that does not list children: ask every process for its parent, three generations at most
    for _ in 1 2 3; do
        for file in /proc/[0-9]*/stat; do
            read -r line 2>/dev/null <"$file" || continue
            pid=${line%% *} line=${line##*) }
            # shellcheck disable=SC2086
            set -- $line
            case " $tree " in
            *" $pid "*) ;;
            *" $2 "*) tree="$tree $pid" ;;
            esac
        done
    done
}
command_line() { tr '\t\0' ' \t' 2>/dev/null <"/proc/$1/cmdline" | hidden_words; }
is_known() {  # $1: a line of /proc/PID/stat; a process that became another program is not
    name=${1%% *}/
    # shellcheck disable=SC2086
    set -- ${1##*) }
    name=$name${24-}  # where its code begins
    case " $known " in *" $name "*) return 0 ;; esac
    known="$known $name"
    return 1
}
newcomers() {  # between two looks: who came since, with time and parent
    descendants "$1"
    for pid in $tree; do
        read -r line 2>/dev/null <"/proc/$pid/stat" || continue
        is_known "$line" && continue
        tell_time
        parent=${line##*) }
        parent=${parent#* }
        printf 'N %s 0 %s %s\t%s\n' "$pid" "$now" "${parent%% *}" "$(command_line "$pid")"
    done
}
facts_of() {  # $1: a process; sets $parent, $group and $started, in ticks, empty where it is gone
    line='' parent='' group='' started=''
    read -r line 2>/dev/null <"/proc/$1/stat" || return
    # shellcheck disable=SC2086
    set -- ${line##*) }
    parent=${2-} group=${3-} started=${20-}
}
begin_orphans() {  # what is above this script is no orphan of the command's
    facts_of $$
    own_group=$group own_start=${started:-0} above=" $$ "
    while [ -n "$parent" ] && [ "$parent" -gt 1 ]; do
        above="$above$parent "
        facts_of "$parent"
    done
}
orphans() {  # adds to $tree who is of our process group, younger than we are, and whose parent is not of it: that was the
    # command's, and is gone
    set -- /proc/[0-9]*
    [ $# -le 400 ] || return
    ours=' ' older=' '
    for file in "$@"; do
        facts_of "${file#/proc/}"
        [ "$group" = "$own_group" ] || continue
        ours="$ours${file#/proc/}:$parent "
        [ "${started:-0}" -ge "$own_start" ] || older="$older${file#/proc/} "
    done
    for entry in $ours; do
        case "$above$older$tree " in *" ${entry%:*} "*) continue ;; esac
        case $ours in *" ${entry#*:}:"*) continue ;; esac
        tree="$tree ${entry%:*}"
    done
}
processes() {  # lines: letter, process, thread, what proc says
    descendants "$1"
    orphans
    folders=''
    for pid in $tree; do
        read -r line 2>/dev/null <"/proc/$pid/stat" || continue
        printf 'P %s 0 %s\n' "$pid" "$line"
        is_known "$line" || printf 'A %s 0 %s\n' "$pid" "$(command_line "$pid")"
        folders="$folders /proc/$pid/fd"
        threads=0
        for file in "/proc/$pid/task"/*; do
            threads=$((threads + 1))
            [ -d "$file" ] || break
            [ "$threads" -le "$MOST_THREADS" ] || break
            line='' call='' channel=''
            read -r line 2>/dev/null <"$file/stat"
            read -r call 2>/dev/null <"$file/syscall"
            read -r channel 2>/dev/null <"$file/wchan"
            line=${line##*) }
            printf 'T %s %s %s %s %s\n' "$pid" "${file##*/}" "${line%% *}" "${channel:-0}" "$call"
        done
    done
    # shellcheck disable=SC2086,SC2012 # one ls for all, of two folders at least, or it would not name them
    ls -l $folders "$work" 2>/dev/null | awk '
        /^\// { split($1, part, "/"); pid = part[2] == "proc" ? part[3] : ""; next }
        / -> / && pid { at = index($0, " -> "); n = split(substr($0, 1, at - 1), w, " ");
                 print "F", pid, w[n], (substr($1, 3, 1) == "w" ? "w" : "r"), substr($0, at + 4) }' | hidden
    head -n "$MOST_LINES" /proc/locks 2>/dev/null >"$work/locks"
    sed 's/^/L 0 0 /' "$work/locks"
    # shellcheck disable=SC2013 # numbers, not lines
    for pid in $(awk -v tree=" $tree " '
            $2 == "->" { if (index(tree, " " $6 " ")) wanted[$1] = 1; next } { holder[$1] = $5 }
            END { for (lock in wanted) if (holder[lock] > 0) print holder[lock] }' "$work/locks"); do
        case " $tree " in *" $pid "*) continue ;; esac
        read -r line 2>/dev/null <"/proc/$pid/stat" || continue
        printf 'H %s 0\nP %s 0 %s\n' "$pid" "$pid" "$line"
        printf 'A %s 0 %s\n' "$pid" "$(command_line "$pid")"
    done
}
look_at_sockets() {  # sets $few to how many lines that took
    tell_time
    sockets >"$work/look"
    few=$(wc -l <"$work/look")
    {
        printf '@ %s\n' "$now"
        cat "$work/look"
    } >>"$kept/sockets.txt"
}
watch_run() {
    known='' tree=''
    begin_orphans
    while [ ! -e "$work/over" ]; do
        look_at_sockets
        root=''
        read -r root 2>/dev/null <"$work/pid"
        if [ -n "$root" ] && [ -d "/proc/$root" ]; then
            tell_time
            printf '@ %s\n' "$now"
            processes "$root"
        fi >>"$kept/processes.txt"
        if ! sleep 0.2 2>/dev/null; then
            sleep 1
            continue
        fi
        for _ in 1 2 3 4; do
            [ ! -e "$work/over" ] || return
            ! is_alone || { finish_alone; return; }
            [ "$few" -gt "$FEW_LINES" ] || look_at_sockets
            [ -z "$root" ] || newcomers "$root" >>"$kept/processes.txt"
            sleep 0.2
        done
    done
}
lose_patience() {
    waited=0
    while [ "$waited" -lt "$patience" ]; do
        sleep 1
        [ -d "$work" ] || return
        [ ! -e "$work/over" ] || return
        waited=$((waited + 1))
    done
    read -r pid <"$work/pid" || return
    tell_time
    echo "$now" >"$work/patience"
    root=$pid tree=''
    for signal in INT TERM KILL; do
        descendants "$root"  # everybody, as Ctrl-C would
        # shellcheck disable=SC2086
        kill -s "$signal" $tree 2>/dev/null
        kill -0 "$root" 2>/dev/null || return
        sleep 2
    done
}

