#!/bin/bash
# Prints the cases about a main process that leaves its place to another one, which PIDFile= names by then: as a server does
# that replaces its own program while it serves.
# shellcheck source=tests/conformance/case_lib.sh
. "$(dirname "$0")/../case_lib.sh"

# next NAME TEXT "SETTING;SETTING" WHAT-THE-OLD-DOES STEP...: it writes its pid and does that once there is the file go
next() {
    local old="pidfile pid say up barrier go $4"
    case $3 in
    *Type=forking*) old="a.start daemon a.old ${old/barrier/detach barrier} end exit 0" ;;
    *Type=notify*) old="a.old ready $old" ;;
    *) old="a.old $old" ;;
    esac
    one "$1" "$2" "PIDFile=WORK/pid;ExecStop=ACTOR a.stop who MAINPID;$3" "$old" "start a.service" "await-trace a.old up" \
        "await a.service active/running" "make go" "${@:5}"
}
new="fork a.new pidfile pid say up"
both=("await-trace a.new up" settle "show a.service")

for type in forking simple exec notify; do
    next "next-$type" "Type=$type: the old one ends well" "Type=$type" "$new wait end exit 0" "${both[@]}" "stop a.service"
done
type="Type=forking"
next next-fails "the old one ends badly" $type "$new wait end exit 3" "${both[@]}" "stop a.service"
next next-killed "the old one is killed" $type "$new wait end wait" "await-trace a.new up" "kill KILL a.old" "${both[@]}" \
    "stop a.service"
next next-restart "Restart=always has nothing to do" "$type;Restart=always" "$new wait end exit 3" "${both[@]}" "stop a.service"
for how in "exit 0" "exit 4" "die KILL"; do
    next "next-then-${how// /-}" "and then the new one: $how" $type "$new detach barrier on $how end exit 0" "await-gone a.old" \
        "await-trace a.new up" "show a.service" "make on"
done
next next-twice "a third one follows" $type \
    "fork a.new pidfile pid detach barrier more fork a.third pidfile pid say up wait end exit 0 end exit 0" "await-gone a.old" \
    "make more" "await-trace a.third up" settle "show a.service" "stop a.service"
next next-gone "the new one has ended already" $type "fork a.new pidfile pid exit 0 end exit 0" settle
next next-removed "there is no file any more" $type "fork a.new wait end remove pid exit 0" settle "trace each"
next next-same "the file still names the old one" $type "fork a.new wait end exit 0" settle "trace each"
next next-late "the new one writes it when the old one has ended" $type "fork a.new on TERM go wait pidfile pid exit 0 end exit 0" \
    settle "trace each"
next next-cgroup "ExitType=cgroup" "$type;ExitType=cgroup" "$new wait end exit 3" "${both[@]}" "stop a.service"
next next-remain "RemainAfterExit=" "$type;RemainAfterExit=yes" "$new wait end exit 3" "${both[@]}" "stop a.service"
next next-stop "during a stop" "$type;TimeoutStopSec=2s" "on TERM go say deaf wait $new wait end exit 0" \
    "await-trace a.old deaf" "ask stop a.service" "await-trace a.new up" "await-gone a.old" "show a.service" settle "trace each"
next next-reload "during a reload" "$type;ExecReload=ACTOR a.reload barrier on exit 0" "barrier more $new wait end exit 3" \
    "ask reload a.service" "await-trace a.reload start" "make more" "await-trace a.new up" "await-gone a.old" "make on" settle \
    "show a.service" "stop a.service" "trace each"
next next-by-reload "ExecReload= starts it, and the old one stays" "$type;ExecReload=ACTOR a.reload $new wait end exit 0" "wait" \
    "reload a.service" settle "kill KILL a.old" settle "show a.service" "stop a.service" "trace each"
next next-by-reload-fails "and fails then" "$type;ExecReload=ACTOR a.reload $new wait end exit 1" "wait" \
    "reload a.service" settle "kill TERM a.new" settle "show a.service" "stop a.service" "trace each"
# There is no file, and of two processes neither is the main one, until one is left.
begin next-guess "a reload guesses what the start could not"
service a.service -- Type=forking "ExecStart=ACTOR a.start daemon a.one wait end daemon a.two wait end exit 0" \
    "ExecReload=ACTOR a.reload" "ExecStop=ACTOR a.stop who MAINPID"
steps "start a.service" settle "kill TERM a.one" "reload a.service" "stop a.service" "trace each"
begin next-post "while ExecStartPost= runs"
service a.service -- Type=forking PIDFile=WORK/pid \
    "ExecStart=ACTOR a.start daemon a.old pidfile pid say up detach barrier go $new wait end exit 3 end exit 0" \
    "ExecStartPost=ACTOR a.startpost barrier on" "ExecStop=ACTOR a.stop who MAINPID"
steps "ask start a.service" "await-trace a.startpost start" "make go" "await-trace a.new up" "await-gone a.old" "make on" settle \
    "show a.service" "stop a.service" "trace each"
begin next-foreign "the file names a process of another unit"
service a.service -- Type=forking PIDFile=WORK/pid \
    "ExecStart=ACTOR a.start daemon a.old drop pidfile pid say up detach barrier on exit 0 end exit 0"
service b.service -- "ExecStart=ACTOR b.main drop say up barrier go pidfile pid say named wait"
steps "start a.service" "await-trace a.old up" "start b.service" "await-trace b.main up" "make go" "await-trace b.main named" \
    "make on" settle "trace each"

# --- ExecStartPost= and PIDFile= ---

# post NAME TEXT "SETTING;SETTING" COMMAND POST STEP...: the file is looked at when ExecStartPost= has run
post() {
    one "$1" "$2" "$3;PIDFile=WORK/pid;TimeoutStartSec=${limit:-30s};ExecStartPost=ACTOR a.startpost $5;ExecStop=ACTOR a.stop who MAINPID" \
        "$4" "${@:6}" "trace each"
}
daemon="a.start daemon a.old pidfile pid wait end exit 0"
post post-other "ExecStartPost= starts another main process" $type "$daemon" "$new wait end exit 0" "start a.service" settle \
    "kill KILL a.old" settle "show a.service" "stop a.service"
limit=2s post post-removed "ExecStartPost= removes the file" $type "$daemon" "remove pid exit 0" "start a.service"
for type in simple exec notify; do
    main="a.main say up wait"
    [[ $type != notify ]] || main="a.main ready say up wait"
    limit=2s post "post-never-$type" "Type=$type: nobody writes the file" "Type=$type" "$main" "exit 0" "start a.service"
    post "post-before-$type" "Type=$type: it is there before" "Type=$type" "${main/say/pidfile pid say}" "barrier go exit 0" \
        "ask start a.service" "await-trace a.main up" "await-trace a.startpost start" "make go" \
        "await a.service active/running" "stop a.service"
    post "post-later-$type" "Type=$type: it comes later" "Type=$type" "${main/say up wait/say up barrier go pidfile pid wait}" \
        "exit 0" "ask start a.service" "await-trace a.main up" "await-trace a.startpost start" "await-gone a.startpost" "linger 500" \
        "show a.service" "make go" "await a.service active/running" "stop a.service"
done
post post-never-remain "RemainAfterExit=: nobody writes the file, and nobody is left" "Type=oneshot;RemainAfterExit=yes" "a.main" \
    "exit 0" "start a.service"
begin post-guess "without a file, what ExecStartPost= leaves is guessed"
service a.service -- Type=forking "ExecStart=ACTOR a.start daemon a.one wait end daemon a.two wait end exit 0" \
    "ExecStartPost=ACTOR a.startpost barrier go exit 0" "ExecStop=ACTOR a.stop who MAINPID"
steps "ask start a.service" "await-trace a.startpost start" "kill TERM a.one" "make go" "await a.service active/running" \
    "stop a.service" "trace each"
