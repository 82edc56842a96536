# shellcheck shell=bash
# bash completion for reeve and reevectl: install as $(pkg-config --variable=completionsdir bash-completion)/reeve,
# with a link named reevectl.

_reevectl_units() {
    reevectl --no-legend --all list-units 2>/dev/null | awk '{ print $1 }'
}

_reevectl() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local verbs="list-units status show cat is-active is-failed start stop restart try-restart reload reload-or-restart
        try-reload-or-restart kill reset-failed daemon-reload shutdown watch health explain learn logs security simulate verify why help version"
    local options="--all --json --property= --value --state= --failed --signal= --kill-whom= --quiet --no-block --no-legend
        --no-pager --full --socket= --timeout= --url= --help --version"
    local properties="Type ExitType Restart RestartMode PIDFile NotifyAccess RestartUSec RestartSteps RestartMaxDelayUSec
        RestartUSecNext TimeoutStartUSec TimeoutStopUSec TimeoutAbortUSec TimeoutStartFailureMode
        TimeoutStopFailureMode RuntimeMaxUSec RuntimeRandomizedExtraUSec WatchdogUSec RemainAfterExit GuessMainPID
        SuccessExitStatus RestartPreventExitStatus RestartForceExitStatus MainPID ControlPID FileDescriptorStoreMax
        NFileDescriptorStore FileDescriptorStorePreserve StatusText StatusErrno StatusBusError Result NRestarts
        OOMPolicy ReloadSignal ExecMainStartTimestamp ExecMainStartTimestampMonotonic ExecMainExitTimestamp
        ExecMainExitTimestampMonotonic ExecMainPID ExecMainCode ExecMainStatus ExecCondition ExecStartPre ExecStart
        ExecStartPost ExecReload ExecStop ExecStopPost SystemCallFilter SystemCallErrorNumber KillMode KillSignal RestartKillSignal FinalKillSignal
        SendSIGKILL SendSIGHUP WatchdogSignal Id Names Requires Requisite Wants BindsTo PartOf Upholds RequiredBy
        RequisiteOf WantedBy BoundBy UpheldBy ConsistsOf Conflicts ConflictedBy Before After OnFailure OnFailureOf
        OnSuccess OnSuccessOf PropagatesReloadTo ReloadPropagatedFrom PropagatesStopTo StopPropagatedFrom
        Documentation Description LoadState ActiveState SubState FragmentPath DropInPaths UnitFileState
        StateChangeTimestamp InactiveExitTimestamp ActiveEnterTimestamp ActiveExitTimestamp InactiveEnterTimestamp
        CanStart CanStop CanReload Job StopWhenUnneeded RefuseManualStart RefuseManualStop DefaultDependencies
        JobTimeoutUSec JobRunningTimeoutUSec JobTimeoutAction StartLimitIntervalUSec StartLimitBurst
        StartLimitAction FailureAction FailureActionExitStatus SuccessAction SuccessActionExitStatus InvocationID
        ReeveJob ReeveHealth ReeveHealthCmd ReeveStartUSec ReeveInternal ReeveSandbox ReeveExposure ReeveExposed
        NeedDaemonReload"
    local word verb=

    COMPREPLY=()
    if [[ ${COMP_WORDS[1]} == verify && $COMP_CWORD -gt 1 ]]; then
        if [[ $current == -* ]]; then
            mapfile -t COMPREPLY < <(compgen -W "--units --files-only --strict --verbose --json --help" -- "$current")
        else
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
        fi
        return
    fi
    if [[ ${COMP_WORDS[1]} == security && $COMP_CWORD -gt 1 && $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--threshold= --offline --units= --json --socket= --timeout= --no-pager --help" -- "$current")
        [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
        return
    fi
    if [[ ${COMP_WORDS[1]} == explain && $COMP_CWORD -gt 1 && $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--log= --socket= --timeout= --help" -- "$current")
        [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
        return
    fi
    if [[ ${COMP_WORDS[1]} == log* && $COMP_CWORD -gt 1 && $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--unit= --identifier= --priority= --grep= --case-sensitive --since= --until=
            --after-cursor= --show-cursor --boot --lines= --reverse --follow --no-tail --output= --output-fields= --all --utc
            --no-hostname --quiet --pager-end --no-pager --full --socket= --timeout= --help" -- "$current")
        [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
        return
    fi
    if [[ ${COMP_WORDS[1]} == why && $COMP_CWORD -gt 1 && $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--json --lines= --socket= --timeout= --help" -- "$current")
        [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
        return
    fi
    if [[ ${COMP_WORDS[1]} == learn && $COMP_CWORD -gt 1 && $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "--units= --time= --output= --place --help" -- "$current")
        [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace
        return
    fi
    # "=" is a word of its own in bash: --socket = PATH.
    if [[ $previous == "=" ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    elif [[ $current == "=" ]]; then
        current=
    fi
    case $previous in
    -p | -P | --property) mapfile -t COMPREPLY < <(compgen -W "$properties" -- "$current") && return ;;
    --socket) mapfile -t COMPREPLY < <(compgen -f -- "$current") && return ;;
    -s | --signal) mapfile -t COMPREPLY < <(compgen -A signal -- "$current") && return ;;
    --kill-whom) mapfile -t COMPREPLY < <(compgen -W "all main control" -- "$current") && return ;;
    -o | --output) mapfile -t COMPREPLY < <(compgen -W "short short-precise short-iso short-iso-precise short-full short-monotonic
        short-unix with-unit verbose export json json-pretty json-sse json-seq cat" -- "$current") && return ;;
    --priority) mapfile -t COMPREPLY < <(compgen -W "emerg alert crit err warning notice info debug" -- "$current") && return ;;
    --state) mapfile -t COMPREPLY < <(compgen -W "active inactive activating deactivating failed reloading" -- "$current") && return ;;
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
    status | show | cat | is-* | start | stop | *restart | reload | kill | reset-failed | security | explain | learn | log | logs | why)
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
