#!/bin/bash
# shellcheck disable=SC2016 # scripts of other shells
# The completions of reevectl offer what reevectl has: every verb, every option and the units, in bash, zsh and fish.
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
files=$PWD/supervisor/completion
built=$(realpath "${BUILD:-build}")
work=$(mktemp -d)
chmod 0755 "$work"
install -D -t "$work/bin" "$built"/{reeve,reevectl,reeve-log,reeve-health}
export PATH=$work/bin:$PATH HOME=$work
export REEVE_RUNTIME_DIR=$work/run REEVE_STATE=$work/state REEVE_HEALTH_LISTEN=127.0.0.1:${COMPLETION_PORT:-18825}
mkdir -p "$work/run" "$work/state" "$work/units"
chmod 0700 "$work/run"
[[ $(id -u) != 0 ]] || chown 1001:1001 "$work/run" "$work/state"
pid=
end() {
    [[ -z $pid ]] || kill -KILL "$pid" 2>/dev/null
    rm -rf "$work"
}
trap end EXIT

printf '[Service]\nExecStart=/bin/sleep 1000\n' >"$work/units/first.service"
cp "$work/units/first.service" "$work/units/second.service"
printf '[Path]\nPathExists=%s/there\nUnit=first.service\n' "$work" >"$work/units/watched.path"
"$work/bin/reeve" --units "$work/units" >"$work/log" 2>&1 &
pid=$!
ok "the pod comes up" wait_until 20 grep -q 'is up after' "$work/log"

verbs=$(reevectl help | sed -n '/^verbs:/I,/^$/s/^  \([a-z][a-z-]*\).*/\1/p' | sort)
options=$(reevectl help | grep -oE '^ +(-[A-Za-z], )?--[a-z-]+|^ +-[A-Z]' | grep -oE -- '--[a-z-]+' | grep -vE -- '--(help|version)' | sort -u)
like "$verbs" 'daemon-reload' "reevectl help names its verbs"
like "$options" '--no-block' "and its options"

# all_are WANTED WHAT WORD...: each wanted word is completed
all_are() {
    local wanted=$1 what=$2
    shift 2
    is "$(comm -23 <(echo "$wanted") <(printf '%s\n' "$@" | sort -u))" "" "$what"
}
# try SHELL: what the shell's function `complete_line LINE` prints is looked at
try() {
    local shell=$1 line
    mapfile -t line < <(complete_line 'reevectl ')
    all_are "$verbs" "$shell: every verb" "${line[@]}"
    mapfile -t line < <(complete_line 'reevectl --')
    all_are "$options" "$shell: every option" "${line[@]%%=*}"
    is "$(complete_line 'reevectl daem' | xargs)" daemon-reload "$shell: the beginning of a verb"
    is "$(complete_line 'reevectl stop ' | grep -cE '^(first|second)\.service')" 2 "$shell: the units, for a verb that takes some"
    is "$(complete_line 'reevectl stop sec' | xargs)" second.service "$shell: the beginning of a unit"
    is "$(complete_line 'reevectl start watch' | xargs)" watched.path "$shell: units of other kinds"
    is "$(complete_line 'reevectl kill --kill-whom=m' | sed 's/.*=//' | xargs)" main "$shell: the value of an option"
}

complete_line() {
    bash --norc -c '
        . "$1/reeve.bash"
        compopt() { :; }
        COMP_LINE=$2
        read -r -a COMP_WORDS <<<"${2//=/ = }"
        [[ $2 != *" " ]] || COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _reevectl
        printf "%s\n" "${COMPREPLY[@]}"' bash "$files" "$1"
}
try bash

if command -v fish >/dev/null; then
    complete_line() {
        fish --no-config -c 'source $argv[1]/reevectl.fish; complete -C $argv[2]' "$files" "$1" | cut -f 1
    }
    try fish
else
    skip "there is no fish" "fish"
fi

if command -v zsh >/dev/null; then
    # A shell on a terminal; whatever would be offered goes into a file.
    cat >"$work/inner.zsh" <<'ZSH'
fpath=($FILES $fpath)
autoload -Uz compinit
compinit -u -D
setopt no_beep
compadd() {
    local -a hits
    if [[ ${@[1,(i)(-|--)]} != *-(O|A|D)\ * ]]; then
        builtin compadd -A hits "$@"
        print -rl -- $hits >>$OUT
    fi
    builtin compadd "$@"
}
finish() {
    print -- . >>$OUT.end
}
comppostfuncs=(finish)
print ready >>$OUT.ready
ZSH
    cat >"$work/outer.zsh" <<'ZSH'
zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner "source $1"
repeat 600; do [[ -s $OUT.ready ]] && break; read -t 0.05 -u 0; done
zpty -n -w inner "$2"$'\t'
repeat 600; do [[ -s $OUT.end ]] && break; read -t 0.05 -u 0; done
zpty -d inner
ZSH
    complete_line() {
        rm -f "$work/offered"*
        FILES=$files OUT=$work/offered TERM=dumb zsh -f "$work/outer.zsh" "$work/inner.zsh" "$1" <&"$tap_quiet" >/dev/null 2>&1
        sed 's/=$//' "$work/offered" | grep . | sort -u
    }
    try zsh
else
    skip "there is no zsh" "zsh"
fi

kill -TERM "$pid"
wait "$pid"
is $? 0 "the pod ends well"
pid=
done_testing
