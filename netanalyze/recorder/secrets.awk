# Secrets, as netanalyze.redaction hides them; its tables are filled in by netanalyze.redaction.shell. POSIX awk, so that mawk,
# busybox and macOS run it: no intervals, only POSIX functions. Where it cannot be as exact it hides more. No apostrophes: the shell has it in quotes.
# mode: text, words (of a command line, apart by tabs), variables (NAME=value), go_env (what go env -json prints)

function fill(text, into,    list, i, n) {
    n = split(text, list, " ")
    for (i = 1; i <= n; i++) into[list[i]] = 1
}
BEGIN {
    HIDDEN = "xxxxx"
    LONGEST = 65536
    fill("@STEMS@", STEM); fill("@WORDS@", WORD); fill("@QUERY_WORDS@", QUERY); fill("@HARMLESS_ENDINGS@", HARMLESS)
    fill("@HEADERS@", HEADER); fill("@STRONG@", STRONG); fill("@SCHEMES@", SCHEME); fill("@SHELLS@", SHELL)
    fill("@NO_USERS@", NO_USER); fill("@COMMANDS@", COMMAND); fill("@PLAIN_FLAGS@", PLAIN); fill("@SETTERS@", SETTER)
    fill("@OTHER_SHELLS@", OTHER_SHELL); fill("@ONLY_TO_LOGIN@", ONLY_TO_LOGIN); fill("@VERSIONS@", VERSION)
    fill("@OTHER_WORDS@", OTHER_WORD)
    FILE = "@FILE_ENDINGS@"
    gsub(/ /, "|", FILE)
    FILE = "^[A-Za-z0-9_./~-]+[.](" FILE ")$"
    n = split("@FLAGS@", list, ";")
    for (i = 1; i <= n; i++) { at = index(list[i], " "); FLAG[substr(list[i], 1, at - 1)] = substr(list[i], at + 1) }
    n = split("@PASSWORD_OPTIONS@", list, ";")
    for (i = 1; i <= n; i++) { at = index(list[i], " "); OWN[substr(list[i], 1, at - 1)] = substr(list[i], at) " " }
    TOKENS = split("@TOKENS@", list, " ")
    for (i = 1; i <= TOKENS; i++) {
        split(list[i], part, "!")
        PREFIX[i] = part[1]; CHARACTERS[i] = "^[" part[2] "]+"; LEAST[i] = part[3] + 0
    }
    inside = 0
    hide_segments(ENVIRON["GOPROXY"])  # what it hides is hidden in what go prints, too
}

# -- names --

function words_of(name,    i, c, last, out) {
    last = ""; out = ""
    for (i = 1; i <= length(name); i++) {
        c = substr(name, i, 1)
        if (c !~ /[A-Za-z0-9]/) { out = out " "; last = ""; continue }
        if (c ~ /[A-Z]/ && (last ~ /[a-z]/ || (last ~ /[A-Z]/ && substr(name, i + 1, 1) ~ /[a-z]/))) out = out " "
        if (last != "" && (c ~ /[0-9]/) != (last ~ /[0-9]/)) out = out " "
        out = out c
        last = c
    }
    return tolower(out)
}
function has_stem(whole, of,    one) { for (one in of) if (index(whole, one)) return 1; return 0 }
function other_word(word,    one) { for (one in OTHER_WORD) if (index(word, one) == 1) return 1; return 0 }
function secret_name(name, in_query,    list, n, i, whole, words) {
    if (name == "PWD" || name == "OLDPWD") return 0
    n = split(words_of(name), list, " ")
    words = ""
    for (i = 1; i <= n; i++) if (!other_word(list[i])) words = words " " list[i]
    n = split(words, list, " ")
    if (!n || (list[n] in HARMLESS)) return 0
    if (in_query && (tolower(name) in QUERY)) return 1
    if (tolower(name) in WORD) return 1
    whole = ""
    for (i = 1; i <= n; i++) { if (list[i] in WORD) return 1; whole = whole list[i] }
    return has_stem(whole, STEM)
}
function strong_name(name,    whole) {
    whole = words_of(name)
    gsub(/ /, "", whole)
    return name !~ /\./ && secret_name(name, 0) && has_stem(whole, STRONG)
}
function secret_header(name) {
    if (tolower(name) in HEADER) return 1
    return substr(name, 2, length(name) - 2) ~ /-/ && name !~ /^-/ && secret_name(name, 0)
}
function takes_secret(option,    name) {
    name = option
    sub(/^-+/, "", name)
    if (substr(name, 1, 3) == "no-" || (option !~ /^--/ && length(name) < 3)) return 0
    return secret_name(name, 0)
}

# -- user information --

function last_index(text, mark,    i) { for (i = length(text); i; i--) if (substr(text, i, 1) == mark) return i; return 0 }
function is_host(text,    v) {
    if (!match(text, /^(\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9_.-]*[A-Za-z0-9_])/)) return 0
    v = substr(text, 1, RLENGTH)
    if (substr(text, RLENGTH + 1, 1) == "@" || (v in VERSION)) return 0
    return v !~ /^v?[0-9]+(\.[0-9]+)*([-+._].*)?$/ || v ~ /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/
}
function ending_at(text, from,    i) {
    for (i = length(text); i > from; i--)
        if (substr(text, i, 1) == "@" && substr(text, i - 1, 1) != "/" && is_host(substr(text, i + 1, 300))) return i
    return 0
}
function userinfo_end(url,    stop, at, later, place) {  # url: from the authority on
    stop = match(url, /[\/?#\\]/) ? RSTART - 1 : length(url)
    at = last_index(substr(url, 1, stop), "@")
    later = ending_at(url, stop)
    if (at) return later > at ? later : at
    place = substr(url, 1, stop)
    if (place !~ /^(\[[^]]*\]|[^]:[]*)(:[0-9]+)?$/) return later ? later : last_index(url, "@")
    if (place ~ /\./ || place ~ /^\[/ || place ~ /^localhost/ || place == "") return 0
    return later && substr(url, later) ~ /^[^\/]*\./ ? later : 0
}
function hide_urls(text, one_word,    out, at, rest, end, found, user) {
    out = ""
    while (at = index(text, "://")) {
        out = out substr(text, 1, at + 2)
        text = substr(text, at + 3)
        end = length(text)
        if (!one_word && match(text, /[ \t]/)) end = RSTART - 1
        rest = substr(text, 1, end)
        if (match(rest, /["\047`<>]([^A-Za-z0-9_@%.~-]|$)/)) { end = RSTART - 1; rest = substr(text, 1, end) }
        if (match(rest, /[[,|;="\047(\/&][A-Za-z][A-Za-z0-9+.-]*:\/\//)) { end = RSTART - 1; rest = substr(text, 1, end) }
        found = userinfo_end(rest)
        user = substr(rest, 1, found - 1)
        if (found && user != "git" && user != "hg") out = out HIDDEN
        else found = 1
        out = out substr(rest, found)
        text = substr(text, end + 1)
    }
    return out text
}
function hide_pair(word,    at, colon, start, i) {  # user:password@host without a scheme
    at = last_index(word, "@")
    colon = index(word, ":")
    if (!at || !colon || at < colon + 2 || word ~ /:\/\// || !is_host(substr(word, at + 1, 300))) return word
    start = 0
    for (i = colon - 1; i; i--) if (index("/=\"\047(,|<[`{;", substr(word, i, 1))) { start = i; break }
    if (substr(word, start + 1, colon - start - 1) !~ /^[A-Za-z0-9_.+%~!$*-]+$/) return word
    return substr(word, 1, start) HIDDEN substr(word, at)
}
function hide_userinfo(text, one_word,    out, word) {
    if (!index(text, "@")) return text
    if (index(text, "://")) text = hide_urls(text, one_word)
    if (one_word) return hide_pair(text)
    out = ""
    while (match(text, /[^ \t]+/)) {
        out = out substr(text, 1, RSTART - 1)
        word = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        out = out hide_pair(word)
    }
    return out text
}

# -- values --

function closing(text, mark,    i, c) {  # octets before what closes a quote; all where nothing does
    if (length(mark) > 1) return index(text, mark) ? index(text, mark) - 1 : length(text)
    for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (c == mark) return i - 1
        if (c == "\\" && mark == "\"") i++
    }
    return length(text)
}
function value_length(text, one_word,    end, i) {
    if (match(text, /[&;,] ?[][A-Za-z0-9_.%-]+=/)) end = RSTART - 1; else end = length(text)
    if (one_word) return end
    text = substr(text, 1, end)
    if (match(text, /[ \t]|["\047]([^A-Za-z0-9_]|$)/)) end = RSTART - 1
    return end
}
function hide_named(text, one_word,    out, found, name, sep, before, colon, quoted, skip, hide, mark, value) {
    out = ""; before = ""
    while (match(text, /[A-Za-z0-9_.$%-]+\\*(\[[A-Za-z0-9_]*\]|["\047]?\]?[ \t]*)(=>|[:=])[ \t]*/)) {
        found = substr(text, RSTART, RLENGTH)
        if (RSTART > 1) before = substr(text, RSTART - 1, 1)
        out = out substr(text, 1, RSTART + RLENGTH - 1)
        text = substr(text, RSTART + RLENGTH)
        match(found, /^[A-Za-z0-9_.$%-]+/)
        name = substr(found, 1, RLENGTH); sep = substr(found, RLENGTH + 1)
        if (sep ~ /^\[/) name = found
        if (name ~ /%/) name = unquoted(name)
        colon = sep ~ /:/; quoted = sep ~ /["\047]/; skip = hide = 0
        if (!quoted && secret_header(name) && (colon || scheme_at(text))) {
            hide = (before == "\"" || before == "\047" || before == "`") && index(text, before) ? index(text, before) - 1 : length(text)
            if (substr(text, hide, 1) == "\r") hide--
            if (tolower(name) ~ /authorization$/ && match(text, /^[A-Za-z][A-Za-z0-9-]*[ \t]+/) && RLENGTH < hide) {
                skip = RLENGTH; hide -= skip
            }
        } else if (secret_name(name, !colon && (before == "?" || before == "&")) || before == ";" && name == "PWD") {
            if (match(text, /^\\*["\047]/)) {
                mark = substr(text, 1, RLENGTH); skip = RLENGTH
                hide = closing(substr(text, skip + 1), mark)
            } else if (colon && !quoted && !is_told(name, sep, text)) hide = 0
            else if (match(text, /^\[[^][{}]*\]/) || match(text, /^\([^][(){}]*\)/)) { skip = 1; hide = RLENGTH - 2 }
            else if (text ~ /^[[{]/) hide = 0
            else if (scheme_at(text) && match(text, /^[A-Za-z0-9]+[ \t]+/)) {
                skip = RLENGTH
                hide = value_length(substr(text, skip + 1), one_word && !colon)
            }
            else hide = value_length(text, one_word && !colon)
        }
        if (hide > 0) {
            out = out substr(text, 1, skip) HIDDEN
            text = substr(text, skip + hide + 1)
        }
        before = substr(out, length(out), 1)
    }
    return out text
}
function is_told(name, sep, text,    word) {
    if (!strong_name(name)) return 0
    word = substr(text, 1, value_length(text, 0))
    if (sep ~ /:$/) return word !~ /^[0-9]+(\/|$)/ && word !~ /^\//
    sub(/[ \t]+$/, "", text)
    return word != "" && (word == text || index(",;\"\047&", substr(text, length(word) + 1, 1)))
}
function hide_options(text,    out, name, hide, mark) {
    out = ""
    while (match(text, /(^|[^A-Za-z0-9_-])--?[A-Za-z][A-Za-z0-9_.-]*[ \t]+/)) {
        name = substr(text, RSTART, RLENGTH)
        out = out substr(text, 1, RSTART + RLENGTH - 1)
        text = substr(text, RSTART + RLENGTH)
        sub(/^[^-]/, "", name); sub(/[ \t]+$/, "", name)
        hide = 0
        if (takes_secret(name) && text !~ /^(--[a-z][a-z0-9-]*(=|[ \t]|$)|-[A-Za-z]([ \t]|$))/) {
            if (match(text, /^\\*["\047]/)) {
                mark = substr(text, 1, RLENGTH); out = out mark; text = substr(text, RLENGTH + 1)
                hide = closing(text, mark)
            } else if (substr(text, 1, value_length(text, 0)) !~ /:\/\//) hide = value_length(text, 0)
        } else if ((name == "-u" || name == "-U") && text ~ /^["\047]?[^ \t:="\047-][^ \t:"\047]*:[^ \t]/)
            hide = match(text, /[ \t]/) ? RSTART - 1 : length(text)
        if (hide > 0) { out = out HIDDEN; text = substr(text, hide + 1) }
    }
    return out text
}

# -- percent-encoding, names beside values, programs in a text --

function unquoted(text,    out, code) {
    out = ""
    while (match(text, /%[0-9A-Fa-f][0-9A-Fa-f]/)) {
        code = 16 * digit(substr(text, RSTART + 1, 1)) + digit(substr(text, RSTART + 2, 1))
        out = out substr(text, 1, RSTART - 1) (code < 32 ? " " : code > 126 ? "_" : sprintf("%c", code))
        text = substr(text, RSTART + 3)
    }
    return out text
}
function digit(hex) { return index("0123456789abcdef", tolower(hex)) - 1 }
function hide_encoded(text,    out, run, plain) {
    if (decoding) return text
    decoding = 1
    out = ""
    while (match(text, /[A-Za-z0-9_.~*+-]*%[0-9A-Fa-f][0-9A-Fa-f][A-Za-z0-9_.~*+%-]*/)) {
        out = out substr(text, 1, RSTART - 1)
        run = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        plain = unquoted(unquoted(unquoted(run)))
        out = out (hidden(plain, 1) == plain ? run : HIDDEN)
    }
    decoding = 0
    return out text
}
function hide_beside(text,    out, found, name) {  # {"name": "PASSWORD", "value": "x"}
    out = ""
    while (match(text, /["\047]?([Nn]ame|[Kk]ey)\\*["\047]?[ \t]*[:=][ \t]*\\*["\047][A-Za-z0-9_.-]+\\*["\047][ \t,]*\\*["\047]?[Vv]alue\\*["\047]?[ \t]*[:=][ \t]*\\*["\047][^"\047\\]+/)) {
        out = out substr(text, 1, RSTART - 1)
        found = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        name = found
        sub(/^["\047]?[A-Za-z]*\\*["\047]?[ \t]*[:=][ \t]*\\*["\047]/, "", name)
        match(name, /^[A-Za-z0-9_.-]+/)
        name = substr(name, 1, RLENGTH)
        if (name == HIDDEN || secret_name(name, 0)) sub(/[^"\047]+$/, HIDDEN, found)
        out = out found
    }
    return out text
}
function hide_users(text, option,    out) {  # curl -sSu me:secret
    out = ""
    while (match(text, option)) {
        out = out substr(text, 1, RSTART + RLENGTH - 1)
        text = substr(text, RSTART + RLENGTH)
        if (match(text, /^[^ \t"\047:-][^ \t"\047:]*:[^ \t"\047]+/)) { out = out HIDDEN; text = substr(text, RLENGTH + 1) }
    }
    return out text
}

# -- what tells itself --

function scheme_at(text,    word) {
    if (!match(text, /^[A-Za-z0-9]+[ \t]+[A-Za-z0-9._~+\/=:-]+/)) return 0
    word = tolower(text)
    sub(/[ \t].*/, "", word)
    return word in SCHEME
}
function hide_schemes(text,    out, word, value, low) {
    low = tolower(text)
    for (word in SCHEME) if (index(low, word)) break
    if (!index(low, word)) return text
    out = ""
    while (match(text, /[A-Za-z0-9]+[ \t]+[A-Za-z0-9._~+\/=:-]+/)) {
        value = substr(text, RSTART, RLENGTH)
        match(value, /^[A-Za-z0-9]+[ \t]+/)
        word = substr(value, 1, RLENGTH); value = substr(value, RLENGTH + 1)
        at = index(text, word value)
        out = out substr(text, 1, at - 1) word
        text = substr(text, at + length(word))
        low = tolower(word); sub(/[ \t]+$/, "", low)
        if ((low in SCHEME) && length(value) >= 6 && (value ~ /[0-9=_+~]/ || substr(value, 2) ~ /[A-Z]/)) {
            out = out HIDDEN
            text = substr(text, length(value) + 1)
        }
    }
    return out text
}
function hide_tokens(text,    i, at, out, rest) {
    for (i = 1; i <= TOKENS; i++) {
        if (!index(text, PREFIX[i])) continue
        out = ""
        while (at = index(text, PREFIX[i])) {
            rest = substr(text, at + length(PREFIX[i]))
            if ((at == 1 && out !~ /[A-Za-z0-9_]$/ || at > 1 && substr(text, at - 1, 1) !~ /[A-Za-z0-9_]/) \
                && match(rest, CHARACTERS[i]) && RLENGTH >= LEAST[i]) {
                out = out substr(text, 1, at - 1) HIDDEN
                text = substr(rest, RLENGTH + 1)
            } else {
                out = out substr(text, 1, at + length(PREFIX[i]) - 1)
                text = rest
            }
        }
        text = out text
    }
    return text
}
function hide_after(text, pattern,    out) {  # a word behind what the pattern matches
    out = ""
    while (match(text, pattern)) {
        out = out substr(text, 1, RSTART + RLENGTH - 1)
        text = substr(text, RSTART + RLENGTH)
        if (match(text, /^[^ \t"\047]+/)) { out = out HIDDEN; text = substr(text, RLENGTH + 1) }
    }
    return out text
}
function hide_elements(text,    out, element, name) {
    out = ""
    while (match(text, /<[A-Za-z0-9_:.-]+( [^<>]*)?>(<!\[CDATA\[[^<>]*>|[^<>]+)<\//)) {
        element = substr(text, RSTART, RLENGTH)
        out = out substr(text, 1, RSTART - 1)
        text = substr(text, RSTART + RLENGTH)
        match(element, /^<[A-Za-z0-9_:.-]+/)
        name = substr(element, 2, RLENGTH - 1)
        if (secret_name(name, 0)) sub(/>(<!\[CDATA\[[^<>]*>|[^<>]+)<\/$/, ">" HIDDEN "</", element)
        out = out element
    }
    return out text
}
function hidden(text, one_word,    known, at) {
    text = hide_userinfo(text, one_word)
    if (match(text, /(GOPROXY|GOSUMDB)=[^ \t"\047]+/))
        text = substr(text, 1, RSTART - 1) hide_segments(substr(text, RSTART, RLENGTH)) substr(text, RSTART + RLENGTH)
    for (known in KNOWN) while (at = index(text, known)) text = substr(text, 1, at - 1) HIDDEN substr(text, at + length(known))
    if (index(text, "%")) text = hide_encoded(text)
    if (index(text, "alue")) text = hide_beside(text)
    text = hide_named(text, one_word)
    if (index(text, "-")) text = hide_options(text)
    text = hide_schemes(text)
    if (index(text, "curl")) text = hide_users(text, "curl[ \t]([^|;&]*[ \t])?-[A-Za-z#]+[uU][ \t]*[\"\047]?")
    if (text ~ /-[uU]|-proxy-u/) text = hide_users(text, "(^|[^A-Za-z0-9_-])(-[uU][ \t]*|--(proxy-)?user[ \t=]+)[\"\047]?")
    if (index(text, "-p")) {
        text = hide_after(text, "sshpass([ \t]+-[a-z])?[ \t]+-p[ \t]*[\"\047]?")
        text = hide_after(text, "(mysql|mariadb)[A-Za-z0-9_]*[ \t]([^|;&]*[ \t])?-p[\"\047]?")
        text = hide_after(text, "login[ \t]([^|;&]*[ \t])?-p[ \t=]*[\"\047]?")
    }
    if (index(text, "PASS ")) text = hide_after(text, "(^|> |C: ?)PASS ")
    if (index(text, "AUTH ")) text = hide_after(text, "AUTH (PLAIN|LOGIN|XOAUTH2) ")
    if (index(text, "password")) text = hide_after(text, "((login|machine)[ \t]+[^ \t]+|default)[ \t]+password[ \t]+")
    if (index(text, "pass:")) text = hide_after(text, "pass:")
    if (index(text, "</")) text = hide_elements(text)
    return hide_tokens(text)
}

# -- command lines --

function begin_line() { turn = ""; program = ""; before = ""; in_shell = sets = logs_in = 0; options = " " }
function own_option(word,    list, n, i) {
    n = split(options, list, " ")
    for (i = 1; i <= n; i++) if (index(word, list[i]) == 1 && (word == list[i] || word !~ /^--/ || index(word, list[i] "=") == 1)) return list[i]
    return ""
}
function mixed(value) {
    if (value ~ /^[][0-9.:\/,-]*(tcp|udp|sctp)?$/ || value ~ /[\/=]/) return hidden(value, 1)
    if (value ~ /[A-Za-z]/ && value ~ /[0-9]/ || value ~ /[a-z]/ && value ~ /[A-Z]/ || value ~ /[!#$%^&*@+~?"\047]/) return HIDDEN
    return value
}
function random(word) {
    if (word ~ /[\/.:=]/ || word ~ /^-/) return assigned(word)
    return word ~ /[0-9]/ && word ~ /[A-Z]/ || word ~ /[!#$%^&*@~?]/ ? HIDDEN : hidden(word, 1)
}
function cookies(word) { gsub(/=[^;]+/, "=" HIDDEN, word); return word }
function whole(word) { return gsub(/"/, "", word) % 2 == 0 && gsub(/\047/, "", word) % 2 == 0 }
function script(text,    saved, out, found) {  # for a shell: by blanks, and then as a text
    saved = options; out = ""
    begin_line()
    while (match(text, /[^ \t;|&()]+/)) {
        out = out substr(text, 1, RSTART - 1)
        found = substr(text, RSTART, RLENGTH)
        text = substr(text, RSTART + RLENGTH)
        out = out (found ~ /["\047]/ && found !~ /^-[pPu]/ && !(turn == "hide" && whole(found)) ? found : word_shown(found))
    }
    begin_line(); options = saved
    return hidden(out text, 0)
}
function program_of(command,    list, n, i) {
    n = split(command, list, " ")
    for (i = 1; i <= n; i++) if (list[i] !~ /^[A-Za-z_][A-Za-z0-9_]*=/) return hidden(list[i], 1)
    return ""
}
function variable(name, value,    list, n, i, out, at, flag) {
    if (name == "GOAUTH") {
        n = split(value, list, ";")
        for (i = 1; i <= n; i++) out = out (i > 1 ? ";" : "") program_of(list[i])
        return out
    }
    if (name in COMMAND) return program_of(value)
    if (name == "GOFLAGS") {
        gsub(/["\047\\]/, "", value)
        n = split(value, list, " ")
        for (i = 1; i <= n; i++) {
            at = index(list[i], "=")
            flag = at ? substr(list[i], 1, at - 1) : list[i]
            sub(/^--/, "-", flag)
            if (flag !~ /^-/) list[i] = HIDDEN
            else if (at && !(flag in PLAIN)) list[i] = flag "=" HIDDEN
            out = out (i > 1 ? " " : "") list[i]
        }
        return out
    }
    if (tolower(name) ~ /^(http|https|all|ftp)_proxy$/ && (at = last_index(value, "@")))
        return hidden((index(value, "://") ? substr(value, 1, index(value, "://") + 2) : "") HIDDEN substr(value, at), 1)
    value = hidden(value, 1)
    return name == "GOPROXY" || name == "GOSUMDB" ? hide_segments(value) : value
}
function hide_segments(value,    out, part) {  # of a module proxy: what looks made up, as hosts of packages put tokens there
    out = ""
    while (match(value, /\/[A-Za-z0-9_=+-]+/)) {
        out = out substr(value, 1, RSTART)
        part = substr(value, RSTART + 1, RLENGTH - 1)
        value = substr(value, RSTART + RLENGTH)
        if (length(part) >= 8 && part ~ /[0-9]/ && value !~ /^[.:@]/ && (part ~ /[A-Z]/ || length(part) >= 20)) {
            KNOWN[part]
            part = HIDDEN
        }
        out = out part
    }
    return out value
}
function is_name(word) {  # an option by itself; with one hyphen and a p it is -p and a password, unless it is a name
    if (word ~ /^-[pP]/) return word ~ /^-[pP](ass|at|in|sk|w|rivate|roxy|ersonal)[A-Za-z_.-]*$/
    return word ~ /^--?[A-Za-z][A-Za-z0-9_.-]*$/
}
function secret_word(word) { return word ~ FILE ? word : HIDDEN }
function header_word(word,    at, name) {  # what follows -H
    at = index(word, ":")
    name = substr(word, 1, at - 1)
    gsub(/^[ \t]+|[ \t]+$/, "", name)
    if (!at || substr(word, at + 1) !~ /[^ \t]/ || !secret_name(name, 0)) return hidden(word, 1)
    if (tolower(name) ~ /authorization$/ && match(word, /:[ \t]*[A-Za-z][A-Za-z0-9-]*[ \t]+[^ \t]/)) at = RSTART + RLENGTH - 2
    else if (match(word, /:[ \t]*/)) at = RSTART + RLENGTH - 1
    return substr(word, 1, at) secret_word(substr(word, at + 1))
}
function assigned(word,    name) {
    if (match(word, /^[A-Za-z_][A-Za-z0-9_]*=/)) {
        name = substr(word, 1, RLENGTH - 1)
        if (name ~ /^(GOFLAGS|GOPROXY|GOSUMDB)$/ || (name in COMMAND) || tolower(name) ~ /^(http|https|all|ftp)_proxy$/)
            return name "=" variable(name, substr(word, RLENGTH + 1))
    }
    return hidden(word, 1)
}
function flags_of(word,    i) {  # how many letters stand before an option that takes a secret, in one word
    if (!(program in FLAG) || word ~ /^--/) return 0
    for (i = 2; i <= length(word) && index(FLAG[program], substr(word, i, 1)); i++);
    if (i > length(word) || !(index(options, " -" substr(word, i, 1) " ") || substr(word, i, 1) ~ /[Hd]/)) return 0
    return i - 2
}
function own_word(word,    list, n, i) {
    n = split(options, list, " ")
    for (i = 1; i <= n; i++) {
        if (before == list[i] && list[i] !~ /^[-\/]/) return secret_word(word)
        if (list[i] ~ /^\// && index(word, list[i]) == 1) return list[i] HIDDEN
    }
    return ""
}
function plain_word(word,    name, joined, own, at) {
    if (word !~ /^-./) {
        own = own_word(word)
        if (own != "") return own
        if (before == "--user" || before == "--proxy-user" || before == "-user" || before == "--login")
            return word ~ /[:%]/ ? HIDDEN : hidden(word, 1)
        if (before ~ /_(authToken|password|auth)$/) return HIDDEN
        if (sets && before !~ /^-/ && before !~ /=/ && (before ~ /[_.]/ || strong_name(before)) && secret_name(before, 0))
            return word ~ /:\/\// ? hidden(word, 1) : secret_word(word)
        if ((program in OTHER_SHELL) && word ~ /[ \t]/) return script(word)
        return assigned(word)
    }
    at = flags_of(word)
    if (at) return substr(word, 1, at + 1) substr(plain_word("-" substr(word, at + 2)), 2)
    joined = substr(word, 3)
    own = own_option(word)
    if (own != "") {
        if (word == own) { turn = "hide"; return word }
        if (own ~ /^--/) return own "=" HIDDEN
        if (!is_name(word) || !takes_secret(word)) return own HIDDEN
    }
    if (in_shell && word ~ /^-[a-z]*c$/) { turn = "script"; return word }
    if (is_name(word) && takes_secret(word)) { turn = "unless"; return word }
    if (word == "-u" || word == "-U") { turn = (program in NO_USER) ? "user" : "hide"; return word }
    if (word ~ /^-[uU]./ && joined ~ /:/) return substr(word, 1, 2) HIDDEN
    if (word == "-b") { turn = "cookies"; return word }
    if (word ~ /^-b./ && joined ~ /=/) return "-b" cookies(joined)
    if (word ~ /^-[pPwak]$/) { turn = "random"; return word }
    if (word ~ /^-[pP]./) return substr(word, 1, 2) mixed(joined)
    if (word ~ /^(-H|--header)$/) { turn = "header"; return word }
    if (word ~ /^-H./ && joined ~ /:/) return "-H" header_word(joined)
    if (match(word, /^--?[A-Za-z][A-Za-z0-9_.:-]*[=:]/)) {
        at = match(word, /[=:]/)
        name = substr(word, 1, at - 1)
        if (takes_secret(name)) return substr(word, 1, at) (length(word) > at ? HIDDEN : "")
        if (name ~ /(user|username|login|^--?u)$/ && substr(word, at + 1) ~ /[:%]/) return substr(word, 1, at) HIDDEN
        if (name == "--header") return substr(word, 1, at) header_word(substr(word, at + 1))
    }
    return hidden(word, 1)
}
function word_shown(word,    now, shown, name, list, n) {
    now = turn; turn = ""
    if (now == "unless" && word ~ /^(--[A-Za-z][A-Za-z0-9-]*(=.*)?|-[A-Za-z])$/) now = ""
    if (word == "") shown = word
    else if (now == "hide" || (now == "unless" && word !~ /:\/\//)) shown = secret_word(word)
    else if (now == "header") shown = header_word(word)
    else if (now == "unless") shown = hidden(word, 1)
    else if (now == "user") shown = word ~ /[:%]/ ? HIDDEN : hidden(word, 1)
    else if (now == "cookies") shown = cookies(word)
    else if (now == "random") shown = random(word)
    else if (now == "script") shown = script(word)
    else shown = plain_word(word)
    n = split(word, list, "/")
    name = list[n]
    if (program == "" || (name in OWN) || (name in SHELL) || (name in OTHER_SHELL) || (name in NO_USER)) program = name
    if (name in SHELL) in_shell = 1
    if (word in SETTER) sets = 1
    if (word == "login") { logs_in = 1; for (n in held) options = options held[n]; split("", held) }
    if (name in OWN) { if ((name in ONLY_TO_LOGIN) && !logs_in) held[name] = OWN[name]; else options = options OWN[name] }
    before = word
    return shown
}
function line_shown(line,    list, n, i, out) {
    n = split(line, list, "\t")
    begin_line()
    split("", held)
    out = ""
    for (i = 1; i <= n; i++) out = out (i > 1 ? "\t" : "") word_shown(list[i])
    return out
}

# -- lines --

function short(line,    at) {  # a line for people is no longer; cut at a blank, since half a URL is not known for one
    if (length(line) <= LONGEST) return line
    line = substr(line, 1, LONGEST)
    for (at = LONGEST; at && index(" \t", substr(line, at, 1)) == 0; at--);
    return substr(line, 1, at) "..."
}
{
    $0 = short($0)
    if (inside) {
        if (!index($0, "@END_KEY@")) { print HIDDEN; next }
        inside = 0
    } else if ((at = index($0, "@BEGIN_KEY@")) && index(substr($0, at), "@PRIVATE_KEY@")) {
        inside = mode == "text" && !index(substr($0, at + 1), "@END_KEY@")
        rest = mode == "words" ? substr($0, at) : ""
        sub(/^[^\t]*/, "", rest)  # the words behind it
        $0 = substr($0, 1, at - 1) HIDDEN rest
    }
    if (mode == "words") print line_shown($0)
    else if (mode == "variables" && (at = index($0, "="))) print substr($0, 1, at) variable(substr($0, 1, at - 1), substr($0, at + 1))
    else if (mode == "go_env" && match($0, /^[ \t]*"[A-Z0-9]+": ?"/)) {
        head = substr($0, 1, RLENGTH); rest = substr($0, RLENGTH + 1)
        name = head
        gsub(/[^A-Z0-9]/, "", name)
        tail = match(rest, /",?$/) ? substr(rest, RSTART) : ""
        print head variable(name, substr(rest, 1, length(rest) - length(tail))) tail
    } else print hidden($0, 0)
}
