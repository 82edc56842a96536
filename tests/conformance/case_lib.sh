# shellcheck shell=bash
# For the sources of cases that are scripts: short ways to print the parts of a case.

# begin NAME TEXT
begin() {
    echo "=== $1: $2"
}

# unit_of SECTION NAME [LINE of Unit]... -- [LINE of SECTION]...
unit_of() {
    local line has_unit='' section=$1
    echo "--- $2"
    shift 2
    while (($#)) && [[ $1 != -- ]]; do
        [[ $has_unit ]] || echo "[Unit]"
        has_unit=1
        echo "$1"
        shift
    done
    (($#)) || return 0
    shift
    echo "[$section]"
    for line; do
        echo "$line"
    done
}

# service NAME [LINE of Unit]... -- [LINE of Service]...
service() {
    unit_of Service "$@"
}

# up LETTER [LINE of Unit]... [-- LINE of Service...]: a service that gets ready and stays
up() {
    local letter=$1
    local -a unit=()
    shift
    while (($#)) && [[ $1 != -- ]]; do
        unit+=("$1")
        shift
    done
    service "$letter.service" "${unit[@]}" -- Type=notify "ExecStart=ACTOR $letter.main ready wait" "${@:2}"
}

# target NAME [LINE of Unit]...
target() {
    echo "--- $1"
    echo "[Unit]"
    shift
    printf '%s\n' "$@"
}

# steps STEP...
steps() {
    local step
    echo "--- do"
    for step; do
        echo "$step"
    done
}

# one NAME TEXT "SETTING;SETTING" EXECSTART STEP...: a case of one service, a.service, whose ExecStopPost= tells how it
# ended; EXECSTART is without ACTOR and may begin with '-'
one() {
    local -a settings=()
    local command=${4#-} prefix=
    [[ $4 != -* ]] || prefix=-
    begin "$1" "$2"
    IFS=';' read -r -a settings <<<"$3"
    service a.service -- "${settings[@]}" "ExecStart=${prefix}ACTOR $command" \
        "ExecStopPost=ACTOR a.post env SERVICE_RESULT env EXIT_CODE env EXIT_STATUS"
    shift 4
    steps "$@"
}

# --- path units ---

# shellcheck disable=SC2034 # for the sources
{
    # A path unit has got back to waiting when it says so; what comes earlier is not seen by systemd either.
    waits="await a.path active/waiting"
    quiet="linger 400" # nothing may come of it
    go="start a.path"
    runs="await-trace a.main start"
    up="await a.service active/running"
    # Tells why it runs, once it does.
    told="ACTOR a.main env TRIGGER_UNIT env TRIGGER_PATH"
}

# path_unit NAME [LINE of Unit]... -- [LINE of Path]...
path_unit() {
    unit_of Path "$@"
}

# path_once NAME TEXT "SETTING;SETTING" STEP...: a.path with these settings, and a.service, a oneshot that tells why it ran
path_once() {
    local -a settings=()
    begin "$1" "$2"
    IFS=';' read -r -a settings <<<"$3"
    path_unit a.path -- "${settings[@]}"
    service a.service -- Type=oneshot "ExecStart=$told"
    shift 3
    steps "file mkdir d" "$@"
}

# path_stays NAME TEXT "SETTING;SETTING" STEP...: the same with a service that stays
path_stays() {
    local -a settings=()
    begin "$1" "$2"
    IFS=';' read -r -a settings <<<"$3"
    path_unit a.path -- "${settings[@]}"
    service a.service -- Type=notify "ExecStart=$told ready wait"
    shift 3
    steps "file mkdir d" "$@"
}
