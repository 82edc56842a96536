# fish completion for reeve-sandbox: install into vendor_completions.d.
complete -c reeve-sandbox -s p -l property -x -d "A line of the Service section more"
complete -c reeve-sandbox -l units -r -F -d "Read unit files from here"
complete -c reeve-sandbox -l dry-run -d "Only say what would hold"
complete -c reeve-sandbox -s q -l quiet -d "Do not name what is not held"
complete -c reeve-sandbox -s h -l help -d "A summary"
complete -c reeve-sandbox -l version -d "The version"
