# fish completion for reevectl: install into vendor_completions.d.
function __reevectl_units
    reevectl --no-legend --all list-units 2>/dev/null | awk '{ print $1 }'
end

set -l verbs list-units status show cat is-active is-failed start stop restart try-restart reload reload-or-restart try-reload-or-restart kill reset-failed daemon-reload shutdown watch health explain learn security simulate verify why help version
complete -c reevectl -f
complete -c reevectl -n "not __fish_seen_subcommand_from $verbs" -a "$verbs"
complete -c reevectl -n "__fish_seen_subcommand_from status show cat is-active is-failed start stop restart try-restart reload reload-or-restart try-reload-or-restart kill reset-failed security explain learn why" -a "(__reevectl_units)"
complete -c reevectl -s a -l all -d "Show the units of reeve itself, too"
complete -c reevectl -l json -d "list-units as JSON"
complete -c reevectl -s p -l property -x -d "Show only these properties"
complete -c reevectl -l value -d "Show values without names"
complete -c reevectl -s P -x -d "Show the value of this property"
complete -c reevectl -l state -x -a "active inactive activating deactivating failed reloading" -d "Only units in these states"
complete -c reevectl -l failed -d "Only failed units"
complete -c reevectl -s s -l signal -x -a "HUP INT QUIT KILL USR1 USR2 TERM CONT STOP" -d "Which signal kill sends"
complete -c reevectl -l kill-whom -x -a "all main control" -d "To whom kill sends"
complete -c reevectl -l no-pager -d "Accepted"
complete -c reevectl -s l -l full -d "Accepted"
complete -c reevectl -s q -l quiet -d "Print nothing"
complete -c reevectl -l no-block -d "Do not wait for the job"
complete -c reevectl -l no-legend -d "Without head and count"
complete -c reevectl -l socket -r -F -d "Control socket"
complete -c reevectl -l timeout -x -d "How long reeve may take to answer"
complete -c reevectl -l url -x -d "Where health asks"
complete -c reevectl -n "__fish_seen_subcommand_from verify" -F
complete -c reevectl -n "__fish_seen_subcommand_from verify" -l units -r -F -d "Read unit files from here"
complete -c reevectl -n "__fish_seen_subcommand_from verify" -l files-only -d "Judge the files alone"
complete -c reevectl -n "__fish_seen_subcommand_from verify" -s v -l verbose -d "Also what is supported"
complete -c reevectl -n "__fish_seen_subcommand_from security" -l threshold -x -d "The highest level that will do, 0 to 100"
complete -c reevectl -n "__fish_seen_subcommand_from security" -l offline -d "Read unit files"
complete -c reevectl -n "__fish_seen_subcommand_from security" -l units -r -F -d "Read unit files from here"
complete -c reevectl -n "__fish_seen_subcommand_from explain" -l log -r -F -d "A log of reeve or of the kernel"
complete -c reevectl -n "__fish_seen_subcommand_from learn" -l units -r -F -d "Read unit files from here"
complete -c reevectl -n "__fish_seen_subcommand_from learn" -l time -x -d "End it after that time"
complete -c reevectl -n "__fish_seen_subcommand_from learn" -l output -r -F -d "Write the drop-in there"
complete -c reevectl -n "__fish_seen_subcommand_from learn" -l place -d "Write it beside the unit"
