# -- the archive -------------------------------------------------------------------------------------------------------

pack() {
    cat >"$kept/about.txt" <<END
netanalyze-record 1
start $start
end $end
exit $status
ended-by $ended_by
packets $packets
interface $interface
clock $clock
system $(uname -s)
release $(uname -r)
machine $(uname -m)
ticks $(getconf CLK_TCK 2>/dev/null || echo 100)
uptime $(cat /proc/uptime 2>/dev/null)
now $(tell_time; echo "$now")
END
    members=$FOLDER/about.txt
    for file in command.txt environment.txt go-env.json resolv.conf routes.txt mtu.txt tcpdump.txt stderr.txt sockets.txt \
        processes.txt capture.pcap; do
        [ ! -s "$kept/$file" ] || members="$members $FOLDER/$file"
    done
    # shellcheck disable=SC2086
    tar -cf - -C "$work" $members | gzip -c >"${archive:-$out}" || return
    [ -z "$archive" ] || give_name
}
give_name() {  # a file that came meanwhile is not replaced, and no link is followed
    case ${SUDO_UID-x}${SUDO_GID-x} in *[!0-9]*) ;; *) chown "$SUDO_UID:$SUDO_GID" "$archive" 2>/dev/null ;; esac
    [ ! -d "$out" ] || return
    if [ -n "$force" ]; then
        mv -f "$archive" "$out"
    elif ! ln "$archive" "$out" 2>/dev/null; then  # a file system without hard links, or it is there
        [ ! -e "$out" ] && [ ! -h "$out" ] && mv "$archive" "$out"
    fi && rm -rf "$beside"
}
is_alone() {  # whether the recorder itself was killed
    line=''
    ! kill -0 $$ 2>/dev/null || { read -r line 2>/dev/null <"/proc/$$/stat" && case ${line##*) } in Z*) ;; *) false ;; esac; }
}
finish_alone() {  # what it recorded until then is packed without it, and nothing of it stays
    tell_time
    end=$now status='' ended_by=killed
    stop_capture INT
    if [ -s "$work/stamping" ]; then  # what carries the command's standard error on stays until it ends, tee and nothing else
        cat <"$work/copy" >/dev/null 2>&1 &
        read -r stamping <"$work/stamping" && kill -s KILL "$stamping" 2>/dev/null
    fi
    pause 3
    stop_capture KILL
    pack
    rm -rf "$work"
}

# -- the run -----------------------------------------------------------------------------------------------------------

# shellcheck disable=SC2317 # a trap calls it
clean_up() {
    stop_capture TERM
    [ -z "$beside" ] || [ -s "$archive" ] || rm -rf "$beside"
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
surroundings "$@"
begin_capture

flags=''
[ -z "$is_go" ] || [ -z "$trace" ] || flags=$(go_flags "$@")
# what stands in the background must outlive Ctrl-C; the command gets it as ever
for signal in INT TERM HUP; do
    # shellcheck disable=SC2064 # its name, now
    trap "pass_on $signal" "$signal"
done
if [ -n "$trace" ]; then
    mkfifo "$work/said" "$work/copy" || fail "no named pipes in ${TMPDIR:-/tmp}"
    # shellcheck disable=SC2016 # that shell's own parent
    (trap '' INT HUP TERM; { sh -c 'echo "$PPID"' >"$work/stamping"; stamped; } <"$work/copy" | hidden >"$kept/stderr.txt") &
    keep_pid=$!
    (trap '' INT HUP TERM; exec tee "$work/copy" <"$work/said" >&2) &
    tee_pid=$!
fi
tell_time
start=$now
(trap '' INT HUP TERM; watch_run) </dev/null >/dev/null 2>&1 &
watch_pid=$!
[ -z "$patience" ] || { (trap '' INT HUP; lose_patience) </dev/null >/dev/null 2>&1 & }
tell_time
start=$now
if [ -n "$trace" ]; then run_command "$@" 2>"$work/said"; else run_command "$@"; fi
tell_time
end=$now
: >"$work/over"
trap 'interrupted=again' INT TERM HUP

if [ -n "$trace" ]; then  # a descendant that keeps standard error open is not waited for longer than this
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        kill -0 "$keep_pid" 2>/dev/null || break
        pause 1
    done
    kill -KILL "$tee_pid" 2>/dev/null  # it ignores the others
    wait "$keep_pid" 2>/dev/null
fi
end_capture
wait "$watch_pid" 2>/dev/null

ended_by=''
[ -z "$interrupted" ] || ended_by=interrupt
if [ -s "$work/patience" ]; then
    ended_by=patience
    read -r end <"$work/patience"
fi
if pack; then
    say "recorded in $out; look at it with: netanalyze analyze $out"
else
    say "$out could not be written${archive:+; what was recorded is in $archive}"
fi
exit "$status"
}
