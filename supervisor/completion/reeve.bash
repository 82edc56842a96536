# shellcheck shell=bash
# bash completion for reeve and reevectl: install as $(pkg-config --variable=completionsdir bash-completion)/reeve,
# with a link named reevectl.

_reevectl_units() {
    reevectl --no-legend --all list-units 2>/dev/null | awk '{ print $1 }'
}

_reevectl() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local verbs="list-units status show is-active is-failed start stop restart reset-failed daemon-reload
        shutdown watch health help version"
    local options="--all --json --property= --value --quiet --no-block --no-legend --socket= --timeout= --url= --help
        --version"
    local properties="Id Description LoadState ActiveState SubState Result MainPID NRestarts ExecMainCode
        ExecMainStatus StatusText Requires StateChangeTimestamp StateChangeTimestampMonotonic ActiveEnterTimestamp
        ReeveJob ReeveHealth ReeveHealthCmd ReeveStartUSec ReeveInternal"
    local word verb=

    COMPREPLY=()
    # "=" is a word of its own in bash: --socket = PATH.
    if [[ $previous == "=" ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    elif [[ $current == "=" ]]; then
        current=
    fi
    case $previous in
    -p | --property) mapfile -t COMPREPLY < <(compgen -W "$properties" -- "$current") && return ;;
    --socket) mapfile -t COMPREPLY < <(compgen -f -- "$current") && return ;;
    --timeout | --url) return ;;
    esac
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
        [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
        return
    fi
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        [[ " ${verbs//$'\n'/ } " != *" $word "* ]] || { verb=$word && break; }
    done
    case $verb in
    "") mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$current") ;;
    status | show | is-active | is-failed | start | stop | restart | reset-failed)
        mapfile -t COMPREPLY < <(compgen -W "$(_reevectl_units)" -- "$current") ;;
    esac
}

_reeve() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local word

    COMPREPLY=()
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        [[ $word != -- ]] || { mapfile -t COMPREPLY < <(compgen -c -- "$current") && return; }
    done
    case $previous in
    --units | --state) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
    --user) mapfile -t COMPREPLY < <(compgen -u -- "$current") ;;
    --target) ;;
    *) mapfile -t COMPREPLY < <(compgen -W "--isolate --units --target --user --state --help --version --" -- "$current") ;;
    esac
}

complete -F _reevectl reevectl
complete -F _reeve reeve
