# -- the command -------------------------------------------------------------------------------------------------------

# It runs beside this shell, which waits for it and so can pass on at once what another process sends to the recorder alone.
# A shell lets what runs beside it ignore Ctrl-C, and most cannot undo that: env or perl do. Where there is neither, the
# command runs in the foreground, and a signal to the recorder alone is noticed at its end.

interrupted='' command_pid='' pending='' woken=''
# shellcheck disable=SC2317 # a trap calls it
pass_on() {  # $1: a signal; at a terminal Ctrl-C has reached the command by itself
    interrupted=1 woken=1
    [ "$1" != INT ] || ! { [ -t 0 ] || [ -t 1 ] || [ -t 2 ]; } || return 0
    if [ -n "$command_pid" ]; then kill -s "$1" "$command_pid" 2>/dev/null; else pending=$1; fi
}
is_ignored() {  # $1: the number of a signal that this shell was started to ignore, and so is the command
    ignored=''
    while read -r name value; do
        [ "$name" != SigIgn: ] || ignored=$value
    done 2>/dev/null <"/proc/$$/status"
    [ -n "$ignored" ] && [ $((0x${ignored#????????} >> ($1 - 1) & 1)) = 1 ]
}
undone='' undo=nothing
is_ignored 2 || undone=INT
is_ignored 3 || undone=${undone:+$undone,}QUIT
if [ -n "$undone" ]; then
    undo=''
    if env "--default-signal=$undone" true 2>/dev/null; then undo='env'
    elif perl -e 1 2>/dev/null; then undo='perl'; fi
fi
# shellcheck disable=SC2016 # perl's words
restored() {  # becomes "$@", to which Ctrl-C is what it was to us
    case $undo in
    env) exec env "--default-signal=$undone" "$@" ;;
    perl) exec perl -e '$SIG{$_} = "DEFAULT" for split /,/, shift; exec {$ARGV[0]} @ARGV' "$undone" "$@" ;;
    *) exec "$@" ;;
    esac
}
free_descriptor() {  # sets $free to a number under which nothing is open: what is, is the command's
    for free in 9 8 7 6 5 4 3 ''; do
        [ -n "$free" ] && (eval ": <&$free") 2>/dev/null || return 0
    done
}
# shellcheck disable=SC2016 # the command's own process tells its number
released() {  # this process becomes the command
    set -- "$work/pid" "$flags" "$mask" "$@"
    eval "$exported"
    umask "$3"
    [ -z "$2" ] || export GOFLAGS="$2"
    restored sh -c 'echo "$$" >"$1"; shift 3; exec "$@"' "$PROGRAM" "$@"
}
run_command() {  # sets $status
    free_descriptor
    if [ -z "$undo" ] || [ -z "$free" ]; then
        undo=nothing
        (released "$@")
        status=$?
        return
    fi
    if (: <&0) 2>/dev/null; then
        eval "exec $free<&0"
        eval "released \"\$@\" <&$free $free<&- &"
        command_pid=$!
        eval "exec $free<&-"
    else
        released "$@" <&- &
        command_pid=$!
    fi
    [ -z "$pending" ] || kill -s "$pending" "$command_pid" 2>/dev/null
    again=''
    while :; do
        woken=''
        wait "$command_pid"
        code=$?
        [ -n "$again" ] && [ "$code" = 127 ] || status=$code
        [ -n "$woken" ] || break  # else it was a signal of ours that ended the waiting
        again=1
    done
}

