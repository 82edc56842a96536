# shellcheck shell=bash
# bash completion for reeve-sandbox.

_reeve_sandbox() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} word
    COMPREPLY=()
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        [[ $word != -- ]] || { mapfile -t COMPREPLY < <(compgen -c -f -- "$current") && return; }
    done
    if [[ $previous == "=" ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    elif [[ $current == "=" ]]; then
        current=
    fi
    case $previous in
    --units) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
    -p | --property) ;;
    *)
        if [[ $current == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W "--property= --units= --dry-run --quiet --help --version --" -- "$current")
            [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
        fi
        ;;
    esac
}

complete -F _reeve_sandbox reeve-sandbox
