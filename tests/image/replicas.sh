#!/bin/bash
# time limit: 900
# Two DataHubs on one Redis, as units/kube/base has them, and a client that asks all the time: they give the same answers, and
# one of them being killed is seen by nobody who tries again. What Kubernetes does is done here in small: each replica is asked
# once a second whether it is ready, as readinessProbe says, and those that are get the questions in turn, as a Service does.
# Root and the network are needed.
self=$(realpath "$0")
cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tests/shell/tap.sh
. tests/shell/tap.sh
# shellcheck source=tests/shell/pod_lib.sh
. tests/shell/pod_lib.sh
# shellcheck source=tests/image/image_lib.sh
. tests/image/image_lib.sh
# shellcheck source=tests/image/deploy_lib.sh
. tests/image/deploy_lib.sh
deploy_begin
if [[ -z ${OWN_NETWORK:-} ]]; then
    ok "the image" deploy_images all || done_testing
fi
own_network "$self"

work=$(mktemp -d /var/tmp/reeve-replicas.XXXXXX)
network=reeve-replicas-$$
subnet=10.89.211
redis=$subnet.10
replicas=("$subnet.21" "$subnet.22")
helpers=()
container_of() {
    echo "reeve-replica-$$-${1##*.}"
}
# shellcheck disable=SC2329 # by trap
clean_up() {
    local address
    : >"$work/over"
    ((${#helpers[@]} == 0)) || wait "${helpers[@]}"
    for address in "$redis" "${replicas[@]}"; do
        "${podman[@]}" rm -f -v -t 0 "$(container_of "$address")" >/dev/null 2>&1
    done
    "${podman[@]}" network rm -f "$network" >/dev/null 2>&1
    rm -rf "$work"
}
trap clean_up EXIT
ok "a network" "${podman[@]}" network create --disable-dns --subnet "$subnet.0/24" "$network"
# start ADDRESS PART OPTION...: the image as one of its parts, as units/kube/base does
start() {
    local address=$1 part=$2
    shift 2
    "${podman[@]}" run -d --name "$(container_of "$address")" --network "$network" --ip "$address" --user 1001 --read-only \
        --cap-drop=all --security-opt no-new-privileges --tmpfs /tmp "$@" "$(image_name all)" \
        --units "/usr/lib/reeve/part/$part" --units /usr/lib/reeve/pod --target "$part.service"
}
# With an address of its own for Ethernet, too: the neighbours of one with another would look for the old one for half a minute.
ok "Redis" start "$redis" redis --mac-address 92:d0:c6:0a:d3:0a -e REDIS_BIND=0.0.0.0 -e "REDIS_OPTIONS=--protected-mode no"
for address in "${replicas[@]}"; do
    ok "DataHub $address" start "$address" datahub -e "DATAHUB_REDIS=$redis:6379"
done

# ---- kubelet and Service ------------------------------------------------------------------------------------------------
is_ready() {
    curl -s -f -o /dev/null -m 2 "http://$1:8090/readyz"
}
all_are_ready() {
    is_ready "${replicas[0]}" && is_ready "${replicas[1]}"
}
now_ms() {
    local up
    read -r up _ </proc/uptime
    echo "${up/./}0"
}
# Who is ready gets into $work/ready; a pod that has been told to end ($work/ending) is out at once.
keep_endpoints() {
    local address last="-" list
    exec 9<> <(:)
    while [[ ! -e $work/over ]]; do
        list=
        for address in "${replicas[@]}"; do
            [[ -e $work/ending.$address ]] || ! is_ready "$address" || list+="$address "
        done
        if [[ $list != "$last" ]]; then
            echo "$list" >"$work/ready.new"
            mv "$work/ready.new" "$work/ready"
            last=$list
        fi
        # periodSeconds: 1
        read -r -t 1 -u 9 _ || true
    done
}
# ask ADDRESS: the status of an answer that has a price in it, else 000
ask() {
    local code
    # How long an answer may take is not the question here: who is gone refuses at once, or within three seconds.
    code=$(curl -s -o "$work/answer" -m 30 -w '%{http_code}' "http://$1:8080/quotes?symbols=BTCUSD") || code=000
    [[ $code != 200 ]] || grep -q '"lp"' "$work/answer" || code=empty
    echo "$code"
}
# Asks those that are ready in turn; who gets no answer tries the other one, once. A line for each question:
# time, whom it was asked first, what that said, what the other said.
keep_asking() {
    local turn=0 first code other
    local -a ready
    while [[ ! -e $work/over ]]; do
        read -r -a ready <"$work/ready"
        if ((${#ready[@]} == 0)); then
            echo "$(now_ms) nobody" >>"$work/questions"
            wait_until 1 grep -q . "$work/ready"
            continue
        fi
        turn=$((turn + 1))
        first=${ready[turn % ${#ready[@]}]} other=-
        code=$(ask "$first")
        if [[ $code != 200 ]]; then
            # As long as the endpoints say nothing else, the other one of the two is the one to try.
            other=${replicas[0]}
            [[ $first != "$other" ]] || other=${replicas[1]}
            other=$(ask "$other")
        fi
        echo "$(now_ms) $first $code $other" >>"$work/questions"
    done
}
ok "both are ready" wait_until "$patience" all_are_ready ||
    diag "$("${podman[@]}" logs "$(container_of "${replicas[0]}")" 2>&1 | tail -n 20)"
: >"$work/questions"
echo >"$work/ready"
keep_endpoints &
helpers+=($!)
keep_asking &
helpers+=($!)

# asked_more NUMBER: so many questions since mark
mark() {
    marked=$(wc -l <"$work/questions")
}
asked_more() {
    (($(wc -l <"$work/questions") >= marked + $1))
}
since_mark() {
    tail -n "+$((marked + 1))" "$work/questions"
}
is_out() {
    ! grep -qF "$1 " "$work/ready"
}
is_in() {
    grep -qF "$1 " "$work/ready"
}
both_are_in() {
    is_in "${replicas[0]}" && is_in "${replicas[1]}"
}
# counts TEXT: questions since mark; sets failed (first attempts) and lost (without any answer)
counts() {
    local asked
    asked=$(since_mark | wc -l)
    failed=$(since_mark | awk '$3 != "200"' | wc -l)
    lost=$(since_mark | awk '$3 != "200" && $4 != "200"' | wc -l)
    diag "$1: $asked questions, $failed not answered at first, $lost not by the other one either"
}

# ---- the same answers ---------------------------------------------------------------------------------------------------
ok "both get questions" wait_until "$patience" both_are_in
mark
ok "a hundred questions" wait_until "$patience" asked_more 100
counts "both run"
is "$failed" 0 "both run: each question is answered at first"
is "$(since_mark | awk '{ print $2 }' | sort -u | tr '\n' ' ')" "${replicas[*]} " "both run: each gets some"
history() {
    local to=$(($(date +%s) / 60 * 60 - 60))
    get "http://$1:8080/udf/history?symbol=BTCUSD&resolution=1&from=$((to - 86400))&to=$to"
}
same_history() {
    local first
    first=$(history "${replicas[0]}")
    [[ $(jq '.t | length' <<<"$first") == 1440 && $(history "${replicas[1]}") == "$first" ]]
}
ok "both have the same candles of a day" wait_until "$patience" same_history || diag "$(history "${replicas[0]}" | head -c 300)"

# ---- one is killed ------------------------------------------------------------------------------------------------------
main_pid_in() {
    "${podman[@]}" exec "$(container_of "$1")" reevectl show -P MainPID datahub
}
victim=${replicas[0]}
mark
old=$(main_pid_in "$victim")
begin=$(now_ms)
ok "its datahub is killed" "${podman[@]}" exec "$(container_of "$victim")" reevectl kill -s SIGKILL datahub
is_another() {
    [[ $(main_pid_in "$victim") != @(0|"$old") ]] && both_are_in && is_ready "$victim"
}
ok "there is another one, and it is ready" wait_until "$patience" is_another
diag "after $(($(now_ms) - begin)) ms"
ok "questions go on" wait_until "$patience" asked_more 100
counts "datahub killed"
is "$lost" 0 "datahub killed: each question is answered, by the other one if need be"

mark
begin=$(now_ms)
ok "the whole container is killed" "${podman[@]}" kill -s KILL "$(container_of "$victim")"
ok "it is taken out" wait_until "$patience" is_out "$victim"
diag "after $(($(now_ms) - begin)) ms"
ok "questions go on" wait_until "$patience" asked_more 100
counts "container killed"
is "$lost" 0 "container killed: each question is answered by the other one"
begin=$(now_ms)
ok "it is started again" "${podman[@]}" start "$(container_of "$victim")"
ok "it gets questions again" wait_until "$patience" is_in "$victim"
diag "after $(($(now_ms) - begin)) ms"
ok "both have the same candles of a day again" wait_until "$patience" same_history

# ---- one is stopped, as an update does ------------------------------------------------------------------------------------
victim=${replicas[1]}
mark
: >"$work/ending.$victim"
ok "a pod that ends is taken out" wait_until "$patience" is_out "$victim"
# A question that is under way is answered within the time that preStop waits.
asked=$(wc -l <"$work/questions")
a_round_later() {
    (($(wc -l <"$work/questions") >= asked + 2))
}
wait_until "$patience" a_round_later
ok "and stopped" "${podman[@]}" stop -t 30 "$(container_of "$victim")"
is "$("${podman[@]}" inspect --format '{{.State.ExitCode}}' "$(container_of "$victim")")" 0 "with exit status 0"
ok "questions go on" wait_until "$patience" asked_more 100
counts "one stopped"
is "$failed" 0 "one stopped: each question is answered at first"
ok "it is started again" "${podman[@]}" start "$(container_of "$victim")"
rm "$work/ending.$victim"
ok "it gets questions again" wait_until "$patience" is_in "$victim"

# ---- Redis goes and comes ------------------------------------------------------------------------------------------------
mark
begin=$(now_ms)
ok "Redis' container is killed" "${podman[@]}" kill -s KILL "$(container_of "$redis")"
both_are_out() {
    is_out "${replicas[0]}" && is_out "${replicas[1]}"
}
ok "both are taken out" wait_until "$patience" both_are_out
diag "after $(($(now_ms) - begin)) ms"
old=$(main_pid_in "${replicas[0]}")
begin=$(now_ms)
ok "it is started again" "${podman[@]}" start "$(container_of "$redis")"
ok "both are ready again" wait_until "$patience" both_are_in
diag "after $(($(now_ms) - begin)) ms"
is "$(main_pid_in "${replicas[0]}")" "$old" "DataHub was not restarted for it"
counts "Redis killed"
ok "both have the same candles of a day still" wait_until "$patience" same_history
done_testing
