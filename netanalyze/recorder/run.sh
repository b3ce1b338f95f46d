# -- the run -----------------------------------------------------------------------------------------------------------

interrupted=''
# shellcheck disable=SC2317 # a trap calls it
clean_up() {
    [ -z "$capture_pid" ] || kill "$capture_pid" 2>/dev/null
    [ -s "$out" ] || rm -f "$out"
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP
surroundings "$@"
begin_capture

flags=''
[ -z "$is_go" ] || [ -z "$trace" ] || flags=$(go_flags "$@")
# what stands in the background must outlive Ctrl-C; the command, in the foreground, gets it as ever
trap 'interrupted=1' INT TERM HUP
(trap '' INT HUP TERM; watch_run) </dev/null >/dev/null 2>&1 &
watch_pid=$!
[ -z "$patience" ] || { (trap '' INT HUP; lose_patience) </dev/null >/dev/null 2>&1 & }
if [ -n "$trace" ]; then
    mkfifo "$work/said" "$work/copy" || fail "no named pipes in ${TMPDIR:-/tmp}"
    (trap '' INT HUP TERM; stamped <"$work/copy" | hidden >"$kept/stderr.txt") &
    keep_pid=$!
    (trap '' INT HUP TERM; exec tee "$work/copy" <"$work/said" >&2) &
    tee_pid=$!
    exec 3>"$work/said"
else
    exec 3>&2
fi
tell_time
start=$now
# shellcheck disable=SC2016 # the command's own process tells its number
(
    set -- "$work/pid" "$flags" "$mask" "$@"
    eval "$exported"
    umask "$3"
    [ -z "$2" ] || export GOFLAGS="$2"
    exec sh -c 'echo "$$" >"$1"; shift 3; exec "$@"' "$PROGRAM" "$@"
) 2>&3 3>&-
status=$?
tell_time
end=$now
exec 3>&-
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
if tar -cf - -C "$work" $members | gzip -c >"$out"; then
    say "recorded in $out; look at it with: netanalyze analyze $out"
else
    say "$out could not be written"
fi
exit "$status"
}
