#!/bin/bash
# Replays what fuzzers have found and kept: each fuzzer over each file of its corpus, one process for all of them.
# quick: yes
cd "$(dirname "$0")/../.." || exit 1
. tests/shell/tap.sh
for fuzzer in tests/fuzz/fuzz_*.c; do
    name=$(basename "$fuzzer" .c)
    ok "$name replays its corpus" "${BUILD:-build}/tests/$name" tests/fuzz/corpus/"${name#fuzz_}"/*
done
done_testing
